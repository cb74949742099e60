/** What happens at the stop of a server to connections that it has not accepted yet. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { boundConnections } from '../../../services/common/http/draining.ts';
import { SERVER_OPTIONS } from '../../../services/common/http/server-options.ts';
import { RequestObserver } from '../../../services/common/observe/request-observer.ts';
import { createLog } from '../../../services/common/process/log.ts';
import { GrpcJsPort } from '../../../services/common/rpc/grpc-js-port.ts';
import { UnaryH2Port } from '../../../services/common/rpc/unary-h2-port.ts';
import { AuthzHttpServer } from '../../../services/introspection/http/authz-http-server.ts';
import * as h2 from '../../unary-h2/support/frames.ts';
import { serviceDependencies } from './service-dependencies.ts';

const HOST = '127.0.0.1';
const CONNECTIONS = 20;

interface TestServer {
  listen(): Promise<number>;
  close(): Promise<unknown>;
  readonly request: string | Buffer;
  /** How each response begins. */
  readonly response: string | Buffer;
}

const HTTP = { request: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n', response: 'HTTP/1.1 404 ' };
/** Every server begins with a SETTINGS frame (RFC 9113 section 3.4), whose first two bytes of the length are zero. */
const HTTP2 = { request: Buffer.concat([h2.PREFACE, h2.settings()]), response: Buffer.from([0, 0]) };

const SERVERS: Record<string, () => TestServer> = {
  'a Fastify server': () => {
    const server = fastify(SERVER_OPTIONS);
    boundConnections(server, 1_000, () => true);
    const listen = async () => Number(new URL(await server.listen({ host: HOST, port: 0 })).port);
    return { ...HTTP, listen, close: () => server.close() };
  },
  'the HTTP port of introspection': () => {
    const observer = new RequestObserver(createLog('test', 'silent'), 10_000);
    const server = new AuthzHttpServer({ authorizer: {} as never, scopeSource: {} as never, observer });
    return { ...HTTP, listen: () => server.listen(HOST, 0), close: () => server.close() };
  },
  'a port of unary-h2': () => {
    const port = new UnaryH2Port('fast', serviceDependencies());
    return { ...HTTP2, listen: () => port.listen(HOST, 0), close: () => port.close() };
  },
  'a port of grpc-js': () => {
    const options = { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 };
    const port = new GrpcJsPort(serviceDependencies(), options);
    return { ...HTTP2, listen: () => port.listen(HOST, 0), close: () => port.close() };
  },
};

test.each(Object.keys(SERVERS))('%s serves the connections that were established before it closes', async (name) => {
  const server = (SERVERS[name] as () => TestServer)();
  const port = await server.listen();
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, HOST));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) socket.write(server.request);
  const received = Promise.all(sockets.map(firstBytes));
  // connect(2) is called in the next tick and completes at once; the event loop has not accepted anything by then.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const closed = server.close();
  const expected = Buffer.from(server.response);
  for (const bytes of await received) expect(bytes.subarray(0, expected.length)).toEqual(expected);
  for (const socket of sockets) socket.destroy();
  await closed;
});

async function firstBytes(socket: Socket): Promise<Buffer> {
  const [bytes] = await once(socket, 'data');
  return bytes;
}
