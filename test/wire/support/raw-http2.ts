import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What came after the body; a gRPC answer without a body has all of it in the headers. */
  readonly trailers: IncomingHttpHeaders;
}

/** One POST over HTTP/2 with nothing added or interpreted: no client library, no timer of ours. */
export async function rawPost(
  address: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<RawAnswer> {
  const session = connect(`http://${address}`);
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

/** A gRPC message on the wire: not compressed, four bytes of length, the message. */
export function grpcFrame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export function grpcStatusOf({ headers, trailers }: RawAnswer): number {
  return Number(trailers['grpc-status'] ?? headers['grpc-status']);
}
