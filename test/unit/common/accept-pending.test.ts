/** What a stopping server does with connections that it has not accepted yet, or whose TLS handshake is in progress. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { fastify } from 'fastify';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { boundConnections } from '../../../services/common/http/draining.ts';
import { serverOptions } from '../../../services/common/http/server-options.ts';
import { RequestObserver } from '../../../services/common/observe/request-observer.ts';
import { FileReloader } from '../../../services/common/process/file-reloader.ts';
import { createLog } from '../../../services/common/process/log.ts';
import { GrpcJsPort } from '../../../services/common/rpc/grpc-js-port.ts';
import { UnaryH2Port } from '../../../services/common/rpc/unary-h2-port.ts';
import { ServerTls } from '../../../services/common/tls/server-tls.ts';
import { AuthzHttpServer } from '../../../services/introspection/http/authz-http-server.ts';
import { TestCa } from '../../support/certificates.ts';
import * as h2 from '../../unary-h2/support/frames.ts';
import { serviceDependencies } from './service-dependencies.ts';

const HOST = '127.0.0.1';
const CONNECTIONS = 8;
const LOG = createLog('test', 'silent');

interface TestServer {
  listen(): Promise<number>;
  close(): Promise<unknown>;
  readonly request: string | Buffer;
  /** How each response begins. */
  readonly response: string | Buffer;
}

const HTTP = { request: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n', response: 'HTTP/1.1 404 ' };
/** Every server begins with a SETTINGS frame (RFC 9113 section 3.4), here one with a length below 256. */
const HTTP2 = { request: Buffer.concat([h2.PREFACE, h2.settings()]), response: Buffer.from([0, 0]) };

const SERVERS: Record<string, (tls: ServerTls | undefined) => TestServer> = {
  'a Fastify server': (tls) => {
    const server = fastify(serverOptions(tls));
    boundConnections(server, 1_000, () => true);
    const listen = async () => Number(new URL(await server.listen({ host: HOST, port: 0 })).port);
    return { ...HTTP, listen, close: () => server.close() };
  },
  'the HTTP port of introspection': (tls) => {
    const observer = new RequestObserver(LOG, 10_000);
    const server = new AuthzHttpServer({ authorizer: {} as never, scopeSource: {} as never, observer, tls });
    return { ...HTTP, listen: () => server.listen(HOST, 0), close: () => server.close() };
  },
  'a port of unary-h2': (tls) => {
    const port = new UnaryH2Port('fast', { ...serviceDependencies(), tls });
    return { ...HTTP2, listen: () => port.listen(HOST, 0), close: () => port.close() };
  },
  'a port of grpc-js': (tls) => {
    const options = { maxMessageBytes: 1_024, maxConnectionAgeMs: 60_000 };
    const port = new GrpcJsPort({ ...serviceDependencies(), tls }, options);
    return { ...HTTP2, listen: () => port.listen(HOST, 0), close: () => port.close() };
  },
};

const ca = new TestCa();
const { certFile, keyFile } = ca.issue();
afterAll(() => ca.remove());

describe.each(['plain text', 'TLS'])('over %s', (transport) => {
  test.each(Object.keys(SERVERS))('%s responds on connections that were established before it closed', async (name) => {
    const tls = transport === 'TLS' ? serverTls() : undefined;
    const server = (SERVERS[name] as (tls: ServerTls | undefined) => TestServer)(tls);
    const port = await server.listen();
    const ALPNProtocols = server.response instanceof Buffer ? ['h2'] : ['http/1.1'];
    const open = () =>
      tls === undefined
        ? connect(port, HOST)
        : connectTls({ host: HOST, port, ca: ca.pem, servername: 'localhost', ALPNProtocols });
    const sockets = Array.from({ length: CONNECTIONS }, open);
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
});

test.each(['a port of unary-h2', 'a port of grpc-js'])('%s finishes TLS handshakes before it closes', async (name) => {
  const server = (SERVERS[name] as (tls: ServerTls) => TestServer)(serverTls());
  const socket = connect(await server.listen(), HOST);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const closed = server.close();
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  const tlsSocket = connectTls({ socket, ca: ca.pem, servername: 'localhost', ALPNProtocols: ['h2'] });
  tlsSocket.write(server.request);
  await firstBytes(tlsSocket);
  tlsSocket.destroy();
  await closed;
});

// Less than the 10 s after which an unfinished handshake fails.
test('a port of unary-h2 does not wait for a client that sends nothing', { timeout: 5_000 }, async () => {
  const port = new UnaryH2Port('fast', { ...serviceDependencies(), tls: serverTls() });
  const socket = connect(await port.listen(HOST, 0), HOST).on('error', () => {});
  await once(socket, 'connect');
  const ended = once(socket.resume(), 'close');
  await port.close();
  await ended;
});

function serverTls(): ServerTls {
  const files = new FileReloader(LOG, 3_600_000);
  onTestFinished(() => files.close());
  const settings = {
    certFile,
    keyFile,
    clientCaFile: undefined,
    clientAuth: 'optional',
    minVersion: 'TLSv1.3',
  } as const;
  return new ServerTls(settings, files, LOG);
}

async function firstBytes(socket: Socket): Promise<Buffer> {
  const closed = once(socket, 'close').then(() => Promise.reject(new Error('closed without a response')));
  const [bytes] = await Promise.race([once(socket, 'data'), closed]);
  return bytes;
}
