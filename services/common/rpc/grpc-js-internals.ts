import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import type { Server, ServerInterceptingCallInterface } from '@grpc/grpc-js';

/**
 * Untyped properties of grpc-js that give access to its HTTP/2 server and streams, for limits that grpc-js does not have. The
 * version is pinned in package.json; a version without them fails at the first start or call.
 */
interface ServerInternals {
  readonly http2Servers?: ReadonlyMap<Http2Server, unknown>;
}
interface CallInternals {
  readonly stream?: ServerHttp2Stream;
}

/** The HTTP/2 server behind the one connection injector of a server. */
export function http2ServerOf(server: Server): Http2Server {
  const [http2Server] = (server as unknown as ServerInternals).http2Servers?.keys() ?? [];
  if (http2Server === undefined) throw new Error('grpc-js no longer has http2Servers');
  return http2Server;
}

/**
 * Joins several `authorization` headers of a request. Node keeps the first one, and a proxy may have checked another. Joined,
 * they are not a valid credential. Runs before grpc-js reads the headers.
 */
export function joinAuthorizationHeaders(server: Http2Server): void {
  server.prependListener('stream', (_stream, headers, _flags, rawHeaders) => {
    const values = rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1] === 'authorization');
    if (values.length > 1) headers.authorization = values.join(', ');
  });
}

/** The stream of a call. Only for the first interceptor of a server: further ones receive a wrapped call without it. */
export function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream {
  const { stream } = call as CallInternals;
  if (stream === undefined) throw new Error('the calls of grpc-js no longer have a stream');
  return stream;
}
