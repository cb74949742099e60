import { once } from 'node:events';
import { type ClientSessionOptions, connect, type IncomingHttpHeaders } from 'node:http2';

/** Lets Node send several values of `authorization`. The types of the client do not have the option. */
const CLIENT_OPTIONS: ClientSessionOptions & { strictSingleValueFields: boolean } = { strictSingleValueFields: false };

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Empty for a gRPC response without a body, whose trailers are in the headers. */
  readonly trailers: IncomingHttpHeaders;
}

/** Sends a POST over HTTP/2 without a gRPC library. Each value of an array is sent as a header. */
export async function rawPost(
  address: string,
  path: string,
  headers: Record<string, string | string[]>,
  body: Uint8Array,
): Promise<RawResponse> {
  const session = connect(`http://${address}`, CLIENT_OPTIONS);
  try {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (received) => {
      trailers = received;
    });
    const response = once(stream, 'response');
    stream.end(body);
    const [received] = (await response) as [IncomingHttpHeaders & { ':status': number }];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { status: received[':status'], headers: received, body: Buffer.concat(chunks), trailers };
  } finally {
    session.close();
  }
}

export const GRPC_HEADERS = { 'content-type': 'application/grpc+proto', te: 'trailers' };

/** A gRPC message on the wire: a byte 0 (not compressed), four bytes of length, the message. */
export function grpcFrame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export function grpcStatusOf({ headers, trailers }: RawResponse): number {
  return Number(trailers['grpc-status'] ?? headers['grpc-status']);
}
