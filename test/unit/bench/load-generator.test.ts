import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp1 } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  BatchIntrospectRequestSchema,
  IntrospectRequestSchema,
} from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Job, Target } from '../../../scripts/bench/load/job.ts';
import { runJob } from '../../../scripts/bench/load/run-job.ts';
import { TOKEN_BYTES } from '../../../scripts/bench/load/token-list.ts';
import { RESPONSE_BYTES } from '../../../scripts/bench/servers/constant-response.ts';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';

const TOKENS = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(TOKEN_BYTES));
const GRPC_PREFIX_BYTES = 5;
/** An IntrospectResponse with `inactive_reason: REVOKED`. */
const REVOKED = Buffer.of(2 << 3, 4);

let folder: string;
let tokenFile: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-generator-'));
  tokenFile = join(folder, 'tokens');
  writeFileSync(tokenFile, TOKENS.join(''));
});
afterAll(() => rmSync(folder, { recursive: true }));

function listening(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  return listenOnLoopback(server);
}

/** A gRPC server on Node's HTTP/2 server, which shares no code with the generator. */
async function grpcServer(handler: (message: Buffer, headers: Record<string, unknown>) => Buffer): Promise<number> {
  const server = createHttp2();
  // A run that ends early destroys its connections.
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    const bytes = handler((await buffer(stream)).subarray(GRPC_PREFIX_BYTES), headers);
    const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
    prefix.writeUInt32BE(bytes.length, 1);
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.concat([prefix, bytes]));
  });
  return listening(server);
}

const target = (port: number, given: Partial<Target> = {}): Target => ({
  protocol: 'http2',
  port,
  path: '/Introspect',
  fields: { te: 'trailers', authorization: 'Bearer x' },
  payload: { kind: 'unary', tokens: tokenFile },
  expect: 'active',
  ...given,
});

/** Runs a job for a short time, with one connection and one stream unless `job` says otherwise. */
const run = (target: Target, job: Partial<Job> = {}) =>
  runJob({ connections: 1, streams: 1, warmUpSeconds: 0.1, seconds: 0.2, ...job, target });

test('sends all tokens, over several connections and streams, with the configured path and fields', async () => {
  const requested = new Map<string, number>();
  const heads = new Set<string>();
  const port = await grpcServer((message, headers) => {
    const { token } = fromBinary(IntrospectRequestSchema, message);
    requested.set(token, (requested.get(token) ?? 0) + 1);
    heads.add(`${headers[':method']} ${headers[':path']} ${headers['authorization']} ${headers['te']}`);
    return RESPONSE_BYTES;
  });
  const report = await run(target(port), { connections: 2, streams: 5 });
  expect([...requested.keys()].toSorted()).toEqual(TOKENS);
  expect([...heads]).toEqual(['POST /Introspect Bearer x trailers']);
  expect(report.responses).toBe([...requested.values()].reduce((sum, count) => sum + count, 0));
  expect(report.perSecond).toBeGreaterThan(0);
  expect(report.p99Ms).toBeGreaterThanOrEqual(report.p50Ms);
});

test('sends several tokens in one message and checks every response', async () => {
  const sizes = new Set<number>();
  // Elements of a BatchIntrospectResponse: tag, length (a varint, here of two bytes and of one), IntrospectResponse.
  const active = Buffer.concat([
    Buffer.of(0x0a, (RESPONSE_BYTES.length & 0x7f) | 0x80, RESPONSE_BYTES.length >> 7),
    RESPONSE_BYTES,
  ]);
  const inactive = Buffer.of(0x0a, REVOKED.length, ...REVOKED);
  const payload = { kind: 'batch', tokens: tokenFile, size: 3 } as const;
  const runWith = async (response: Buffer) => {
    const port = await grpcServer((message) => {
      sizes.add(fromBinary(BatchIntrospectRequestSchema, message).tokens.length);
      return response;
    });
    return run(target(port, { payload, expect: 'batch' }), { streams: 2 });
  };
  expect((await runWith(Buffer.concat([active, active, active]))).responses).toBeGreaterThan(0);
  expect([...sizes]).toEqual([3]);
  await expect(runWith(Buffer.concat([active, inactive, active]))).rejects.toThrow(/are not as expected/);
});

test('sends each token once, or all of them in a cycle', async () => {
  const requested: string[] = [];
  const port = await grpcServer((message) => {
    requested.push(fromBinary(IntrospectRequestSchema, message).token);
    return RESPONSE_BYTES;
  });
  const runWith = (order: 'once' | 'cycle', job: Partial<Job> = {}) =>
    run(target(port, { payload: { kind: 'unary', tokens: tokenFile, order } }), job);
  expect((await runWith('once', { connections: 2, streams: 5 })).responses).toBe(TOKENS.length);
  expect(requested.splice(0).toSorted()).toEqual(TOKENS);
  await runWith('cycle');
  expect(requested.length).toBeGreaterThan(0);
  expect(requested).toEqual(requested.map((_token, index) => TOKENS[index % TOKENS.length]));
});

test('sends different deadlines', async () => {
  const timeouts = new Set<unknown>();
  const port = await grpcServer((_message, headers) => {
    timeouts.add(headers['grpc-timeout']);
    return RESPONSE_BYTES;
  });
  const { responses } = await run(target(port, { hasDeadlines: true }), { streams: 2 });
  // They end in three digits of the stream id, which is odd, so at most 500 differ.
  expect(timeouts.size).toBeGreaterThan(Math.min(responses, 400) / 2);
  for (const timeout of timeouts) expect(timeout).toMatch(/^4999\d{3}u$/);
});

test('an unexpected response ends the run', async () => {
  const port = await grpcServer(() => REVOKED);
  await expect(run(target(port))).rejects.toThrow(/are not as expected/);
});

test('a run can count failures and continue, and can report when each response arrived', async () => {
  const startedAt = performance.timeOrigin + performance.now();
  const port = await grpcServer(() => REVOKED);
  const job = { countsFailures: true, hasTimeline: true };
  const { responses, failures, timeline = [] } = await run(target(port), job);
  expect(failures).toBe(responses);
  expect(timeline.length).toBeGreaterThan(0);
  for (const { at, latencyMs } of timeline) {
    expect(at).toBeGreaterThan(startedAt);
    expect(latencyMs).toBeGreaterThan(0);
  }
});

test('at a fixed rate a response does not trigger the next request', async () => {
  const port = await grpcServer(() => RESPONSE_BYTES);
  const { responses } = await run(target(port), { connections: 2, streams: 5, seconds: 1, perSecond: 50 });
  expect(responses).toBeGreaterThan(0);
  // 55 with the warm-up; a closed loop makes thousands.
  expect(responses).toBeLessThan(200);
});

test('over HTTP/1.1 each body of a file is sent once', async () => {
  const bodies = ['n=1', 'n=2', 'n=3', 'n=4', 'n=5'];
  const file = join(folder, 'bodies');
  writeFileSync(file, bodies.join(''));
  const received: string[] = [];
  const server = createHttp1(async (request, response) => {
    received.push(await text(request));
    const body = '{"access_token":"x"}';
    response.setHeader('content-length', body.length).end(body);
  });
  const port = await listening(server);
  const payload = { kind: 'once', bodies: file, bytes: 3 } as const;
  const http1 = target(port, { protocol: 'http1', payload, expect: 'tokens' });
  expect((await run(http1, { connections: 2 })).responses).toBe(5);
  expect(received.toSorted()).toEqual(bodies);
});
