/**
 * Other implementations' clients over TCP and TLS (scripts/ensure-dependencies.ts --interop installs them). A test is skipped if
 * its client is not installed; with INTEROP_CLIENTS=required, as in CI, that is a failure.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { credentials, Client as GrpcJsClient, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IntrospectResponseSchema } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import {
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';
import { listenOnLoopback } from '../../scripts/dependencies/ports.ts';
import { createUnaryServer, type UnaryMethod, type UnaryServer } from '../../services/common/unary-h2/unary-server.ts';
import { TestCa } from '../support/certificates.ts';
import { message } from './support/frames.ts';

const PATH = `/${IntrospectionService.typeName}/Introspect`;
const BATCH_PATH = `/${IntrospectionService.typeName}/BatchIntrospect`;
const TEXT = 'Redis is gone: 100 % – try again';
const UNAVAILABLE = {
  code: 14,
  message: TEXT,
  details: Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code: 14, message: TEXT }))),
};

const root = new URL('../..', import.meta.url).pathname;
const ca = new TestCa();
const { cert, key } = ca.issue();
const requestFile = join(ca.folder, 'request.bin');

const isInstalled = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args).status === 0;
const hasCurl = /HTTP2/.test(String(spawnSync('curl', ['--version']).stdout ?? ''));
const hasNghttp = isInstalled('nghttp', '--version');
const hasH2load = isInstalled('h2load', '--version');
/** Debian's python3-grpcio belongs to /usr/bin/python3, which may not be first on the PATH. */
const pythonWithGrpc = ['python3', '/usr/bin/python3'].find((python) => isInstalled(python, '-c', 'import grpc'));

/**
 * Responds with the token as client ID, except to three tokens: `authorization` gets that header as client ID, `fail` gets
 * UNAVAILABLE, `wait` gets no response.
 */
const introspect: UnaryMethod = {
  handle(call, bytes, start, end) {
    const { token } = fromBinary(IntrospectRequestSchema, bytes.subarray(start, end));
    if (token === 'fail') return call.fail(UNAVAILABLE);
    if (token === 'wait') return;
    const clientId = token === 'authorization' ? (call.authorization ?? '') : token;
    const response = create(IntrospectResponseSchema, { active: true, clientId });
    call.respond(toBinary(IntrospectResponseSchema, response));
  },
};

/** The last call of `batch`. */
let lastBatch: { readonly cancelled: boolean } | undefined;
/** Never responds. */
const batch: UnaryMethod = {
  handle(call) {
    lastBatch = call;
  },
};

const server: UnaryServer = createUnaryServer({
  methods: new Map([
    [PATH, introspect],
    [BATCH_PATH, batch],
  ]),
  // nghttp's CONTINUATION test sends more fields than the default allows.
  limits: { maxHeaderListBytes: 32 * 1024 },
});
const listeners: Server[] = [];
let port = 0;
let tlsPort = 0;

function listen(listener: Server): Promise<number> {
  listeners.push(listener);
  return listenOnLoopback(listener);
}

beforeAll(async () => {
  writeFileSync(requestFile, message(requestOf('foapp_1')));
  port = await listen(createTcpServer((socket) => server.accept(socket)));
  const tls = { key, cert, ALPNProtocols: ['h2'] };
  tlsPort = await listen(createTlsServer(tls, (socket) => server.accept(socket)));
});

afterAll(async () => {
  for (const listener of listeners) listener.close();
  await server.drain();
  ca.remove();
});

/** The exit code of a program and what it printed. `args`: a list, or a string that is split at spaces. */
async function run(program: string, args: string | readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, typeof args === 'string' ? args.split(' ') : args, { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

const identity = (bytes: Buffer): Buffer => bytes;
const requestOf = (token: string): Buffer =>
  Buffer.from(toBinary(IntrospectRequestSchema, create(IntrospectRequestSchema, { token })));

test.runIf(process.env.INTEROP_CLIENTS === 'required')('every client is installed', () => {
  const clients = { hasCurl, hasNghttp, hasH2load, hasPython: pythonWithGrpc !== undefined };
  expect(clients).toEqual({ hasCurl: true, hasNghttp: true, hasH2load: true, hasPython: true });
});

describe.each([
  ['plain', credentials.createInsecure(), () => port],
  ['TLS', credentials.createSsl(ca.pem), () => tlsPort],
] as const)('grpc-js, %s', (_name, channelCredentials, portOf) => {
  const send = (
    client: GrpcJsClient,
    token: string,
    { path = PATH, deadlineMs = 5_000, metadata = new Metadata() } = {},
  ) => {
    let cancel = () => {};
    const response = new Promise<string>((resolve, reject) => {
      const options = { deadline: Date.now() + deadlineMs };
      const reply = (error: ServiceError | null, bytes?: Buffer) =>
        bytes ? resolve(fromBinary(IntrospectResponseSchema, bytes).clientId) : reject(error);
      const call = client.makeUnaryRequest(path, identity, identity, requestOf(token), metadata, options, reply);
      cancel = () => call.cancel();
    });
    return Object.assign(response, { cancel });
  };
  const withClient = async (use: (client: GrpcJsClient) => Promise<void>) => {
    const client = new GrpcJsClient(`localhost:${portOf()}`, channelCredentials);
    await use(client).finally(() => client.close());
  };

  test('concurrent calls with different deadlines', async () => {
    await withClient(async (client) => {
      const tokens = Array.from({ length: 500 }, (_, index) => `token-${index}`.repeat(1 + (index % 50)));
      const responses = tokens.map((token, index) => send(client, token, { deadlineMs: 5_000 + index }));
      expect(await Promise.all(responses)).toEqual(tokens);
    });
  });

  test('metadata, errors, deadlines, cancellation', async () => {
    await withClient(async (client) => {
      const metadata = new Metadata();
      metadata.set('authorization', 'Bearer abc');
      metadata.set('x-binary-bin', Buffer.from([0, 255]));
      expect(await send(client, 'authorization', { metadata })).toBe('Bearer abc');
      const failure: ServiceError = await send(client, 'fail').catch((error) => error);
      expect(failure).toMatchObject({ code: UNAVAILABLE.code, details: UNAVAILABLE.message });
      expect(failure.metadata.get('grpc-status-details-bin')).toEqual([UNAVAILABLE.details]);
      await expect(send(client, 'x', { path: '/a.B/C' })).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
      await expect(send(client, 'x'.repeat(100_000))).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
      await expect(send(client, 'wait', { deadlineMs: 100 })).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
      lastBatch = undefined;
      const call = send(client, '', { path: BATCH_PATH });
      await expect.poll(() => lastBatch?.cancelled).toBe(false);
      call.cancel();
      await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
      await expect.poll(() => lastBatch?.cancelled).toBe(true);
    });
  });

  test('accepts messages compressed with gzip, rejects deflate', async () => {
    const [deflate, gzip] = [1, 2].map(
      (algorithm) =>
        new GrpcJsClient(`localhost:${portOf()}`, channelCredentials, {
          'grpc.default_compression_algorithm': algorithm,
        }),
    ) as [GrpcJsClient, GrpcJsClient];
    expect(await send(gzip, 'x'.repeat(1_000))).toBe('x'.repeat(1_000));
    await expect(send(deflate, 'x')).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    gzip.close();
    deflate.close();
  });
});

describe.each([
  ['plain', () => `http://localhost:${port}`],
  ['TLS', () => `https://localhost:${tlsPort}`],
])('connect-node, gRPC over %s', (_name, baseUrl) => {
  test('responses, errors, deadlines', async () => {
    const transport = createGrpcTransport({ baseUrl: baseUrl(), nodeOptions: { ca: ca.pem } });
    const client = createClient(IntrospectionService, transport);
    const tokens = Array.from({ length: 100 }, (_, index) => `token-${index}`);
    const responses = await Promise.all(tokens.map((token) => client.introspect({ token }, { timeoutMs: 5_000 })));
    expect(responses.map(({ clientId }) => clientId)).toEqual(tokens);
    const failure = await client.introspect({ token: 'fail' }).catch((error) => ConnectError.from(error));
    expect(failure).toMatchObject({ code: Code.Unavailable, rawMessage: UNAVAILABLE.message });
    await expect(client.introspect({ token: 'wait' }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
  });
});

describe('command line clients', () => {
  const headers = '-H content-type:application/grpc+proto -H te:trailers';
  const plainUrl = () => `http://127.0.0.1:${port}${PATH}`;
  const tlsUrl = () => `https://localhost:${tlsPort}${PATH}`;
  const bufCurl = async (options: string) => {
    const args = `curl --schema proto --protocol grpc -d {"token":"foapp_1"} ${options}`;
    const { code, output } = await run(join(root, 'node_modules/.bin/buf'), args);
    expect([code, JSON.parse(output)]).toEqual([0, { active: true, clientId: 'foapp_1' }]);
  };

  test.skipIf(!hasCurl)('curl --http2-prior-knowledge', async () => {
    const data = `--data-binary @${requestFile} --output ${join(ca.folder, 'response.bin')}`;
    const { code, output } = await run('curl', `-sv --http2-prior-knowledge ${headers} ${data} ${plainUrl()}`);
    expect(output).toMatch(/< HTTP\/2 200/);
    expect(output).toMatch(/< grpc-status: 0/);
    expect(code).toBe(0);
    const response = readFileSync(join(ca.folder, 'response.bin'));
    expect(fromBinary(IntrospectResponseSchema, response.subarray(5)).clientId).toBe('foapp_1');
  });

  test.skipIf(!hasCurl)('curl over TLS: ALPN h2', async () => {
    const data = `--data-binary @${requestFile} --output /dev/null --cacert ${ca.file}`;
    const { code, output } = await run('curl', `-sv --http2 ${headers} ${data} ${tlsUrl()}`);
    expect(output).toMatch(/ALPN.* h2/);
    expect(output).toMatch(/< grpc-status: 0/);
    expect(code).toBe(0);
  });

  test('buf curl', () => bufCurl(`--http2-prior-knowledge ${plainUrl()}`));

  test('buf curl over TLS', () => bufCurl(`--cacert ${ca.file} ${tlsUrl()}`));

  test.skipIf(!hasNghttp)('nghttp, with padding and CONTINUATION', async () => {
    const options = `-v --padding=100 --continuation -d ${requestFile} -m 5 ${headers}`;
    const { code, output } = await run('nghttp', `${options} ${plainUrl()}`);
    expect(code).toBe(0);
    expect(output.match(/grpc-status: 0/g)).toHaveLength(5);
  });

  test.skipIf(!hasH2load)('h2load', async () => {
    const { output } = await run('h2load', `-n 2000 -c 5 -m 20 -d ${requestFile} ${headers} ${plainUrl()}`);
    expect(output).toMatch(/2000 succeeded, 0 failed, 0 errored/);
  });

  test.skipIf(!hasH2load)('h2load and nghttp over TLS', async () => {
    const load = await run('h2load', `-n 500 -c 2 -m 10 -d ${requestFile} ${headers} ${tlsUrl()}`);
    expect(load.output).toMatch(/500 succeeded, 0 failed, 0 errored/);
    const one = await run('nghttp', `-v -d ${requestFile} ${headers} ${tlsUrl()}`);
    expect(one.output).toMatch(/grpc-status: 0/);
  });

  test.skipIf(pythonWithGrpc === undefined).each([
    ['plain', () => `grpc.insecure_channel("localhost:${port}")`],
    [
      'TLS',
      () => `grpc.secure_channel("localhost:${tlsPort}", grpc.ssl_channel_credentials(open("${ca.file}","rb").read()))`,
    ],
  ])('python3-grpcio, %s', async (_name, channel) => {
    // The requests are encoded: the tokens `abc` and `fail`.
    const script = [
      'import grpc, sys',
      `channel = ${channel()}`,
      `call = channel.unary_unary("${PATH}")`,
      'print([call(b"\\n\\x03abc", timeout=5) for _ in range(20)][-1].hex())',
      'try:\n  call(b"\\n\\x04fail", timeout=5)',
      'except grpc.RpcError as error:\n  print(error.code(), error.details())',
    ].join('\n');
    const { code, output } = await run(pythonWithGrpc ?? '', ['-c', script]);
    // An encoded response: active, with the client ID `abc`.
    expect(output).toMatch(/^08011a03616263$/m);
    expect(output).toContain(`StatusCode.UNAVAILABLE ${UNAVAILABLE.message}`);
    expect(code).toBe(0);
  });
});

test('TLS without ALPN h2 is not served (RFC 9113 section 3.2)', async () => {
  const socket = connectTls({ host: '127.0.0.1', port: tlsPort, rejectUnauthorized: false });
  socket.on('error', () => {});
  await once(socket, 'close');
  expect(socket.bytesRead).toBe(0);
});
