/** One of each kind of attack on HTTP/2 against the running service; test/unary-h2/attacks-* has every variant. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, describe, expect, test } from 'vitest';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { DEFAULT_LIMITS, ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { testBed } from '../support/test-bed.ts';
import { flood, MIB, repeated } from '../unary-h2/support/attack.ts';
import * as h2 from '../unary-h2/support/frames.ts';
import { heldBytes } from '../unary-h2/support/memory.ts';
import { Peer } from '../unary-h2/support/peer.ts';

const { END_HEADERS, END_STREAM, frame, headers, PREFACE, request, SETTINGS_ACK, settings, Type } = h2;
const { CANCEL, ENHANCE_YOUR_CALM, PROTOCOL_ERROR, SETTINGS_TIMEOUT } = ErrorCode;
const PATH = `/${IntrospectionService.typeName}/Introspect`;
const MAX_GROWTH_BYTES = 16 * MIB;
/** How long after its timeout a connection or stream may still be open. */
const SLACK_MS = 10_000;

const bed = testBed();
const peers: Peer[] = [];

afterAll(() => {
  for (const { duplex } of peers.splice(0)) duplex.destroy();
});

async function dial(handshake: Buffer | false = settings()): Promise<Peer> {
  const [host, port] = (bed.system.introspectionFastPort[0] as string).split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  const peer = new Peer(socket);
  peers.push(peer);
  if (handshake !== false) peer.send(PREFACE, handshake, SETTINGS_ACK);
  return peer;
}

/** Connects another client, before the attack. Returns a check that the client is still served. */
async function connectOther(): Promise<() => Promise<void>> {
  const authenticate: Interceptor = (next) => (call) => {
    call.header.set('authorization', `Bearer ${bed.system.tokens.gateway}`);
    return next(call);
  };
  const baseUrl = `http://${bed.system.introspectionFastPort[0]}`;
  const client = createClient(IntrospectionService, createGrpcTransport({ baseUrl, interceptors: [authenticate] }));
  const { access_token: token } = await bed.world.install(await bed.world.registerApp());
  const introspect = async () => expect((await client.introspect({ token })).active).toBe(true);
  await introspect();
  return introspect;
}

const fields = h2.requestFields(undefined, PATH);
const ids = (round: number, count: number) => Array.from({ length: count }, (_, at) => 2 * (count * round + at) + 1);
/** HEADERS without END_HEADERS: only CONTINUATION may follow. */
const opening = frame(Type.HEADERS, 0, 1, encodeFields(fields));
/** A field whose value has 4,000 bytes, and 12,000 references of one byte to it. */
const bomb = Buffer.concat([
  Buffer.from([0x40, 0x01, 0x62, 0x7f, 0x80 + 0x21, 0x1e]),
  Buffer.alloc(0x7f + 0x21 + 0x1e * 128, 0x78),
  Buffer.alloc(12_000, 0xbe),
]);

const ATTACKS: [string, number, (peer: Peer) => Promise<void> | void, handshake?: false][] = [
  [
    'CONTINUATION flood',
    ENHANCE_YOUR_CALM,
    async (peer) => {
      peer.send(opening);
      await flood(peer, () => repeated(frame(Type.CONTINUATION, 0, 1, encodeFields([['a', 'b']]))));
    },
  ],
  [
    'rapid reset',
    ENHANCE_YOUR_CALM,
    (peer) =>
      flood(peer, (round) =>
        Buffer.concat(ids(round, 100).map((id) => Buffer.concat([request(id, 'x', fields), h2.reset(id)]))),
      ),
  ],
  ['SETTINGS flood', ENHANCE_YOUR_CALM, (peer) => flood(peer, () => repeated(settings()))],
  ['PING flood', ENHANCE_YOUR_CALM, (peer) => flood(peer, () => repeated(h2.ping()))],
  ['HPACK bomb', ENHANCE_YOUR_CALM, (peer) => peer.send(frame(Type.HEADERS, END_HEADERS | END_STREAM, 1, bomb))],
  [
    'oversize header list',
    ENHANCE_YOUR_CALM,
    (peer) =>
      flood(peer, () => Buffer.concat([opening, repeated(frame(Type.CONTINUATION, 0, 1, Buffer.alloc(16_000)))])),
  ],
  [
    'illegal stream states at a high rate',
    ENHANCE_YOUR_CALM,
    (peer) =>
      flood(peer, (round) =>
        Buffer.concat(
          ids(round, 50).map((id) => Buffer.concat([headers(id, 0, fields), h2.reset(id), h2.data(id, END_STREAM)])),
        ),
      ),
  ],
  [
    'a stream id below an earlier one',
    ErrorCode.STREAM_CLOSED,
    (peer) => peer.send(request(5, 'x', fields), headers(3, END_STREAM, fields)),
  ],
  ['invalid preface', PROTOCOL_ERROR, (peer) => peer.send(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')), false],
];

test.each(ATTACKS)('%s: closed, memory bounded, others unharmed', async (_name, code, attack, handshake) => {
  const othersAreUnharmed = await connectOther();
  const before = await heldBytes();
  const peer = await dial(handshake);
  await attack(peer);
  expect(await peer.closeCode()).toBe(code);
  await othersAreUnharmed();
  expect((await heldBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
});

/** Concurrent, because they wait for the default timeouts. */
describe.concurrent('slow attacks', () => {
  /** Expects that the connection is closed within `ms` and SLACK_MS. Returns the code of its last GOAWAY. */
  const closeCodeWithin = async (ms: number, peer: Peer) => {
    const deadline = performance.now() + ms + SLACK_MS;
    while (!peer.isClosed && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(peer.isClosed).toBe(true);
    return peer.goAways().at(-1)?.code;
  };

  test('slow loris: a handshake that does not end', async () => {
    const peer = await dial(false);
    peer.send(PREFACE.subarray(0, 10));
    expect(await closeCodeWithin(DEFAULT_LIMITS.handshakeTimeoutMs, peer)).toBe(SETTINGS_TIMEOUT);
  });

  test('slow loris: a frame sent byte by byte', async () => {
    const peer = await dial();
    peer.send(headers(1, END_STREAM, fields).subarray(0, 1));
    const slowBytes = setInterval(() => peer.send(Buffer.of(0)), 3_000);
    expect(await closeCodeWithin(DEFAULT_LIMITS.frameTimeoutMs, peer)).toBe(ENHANCE_YOUR_CALM);
    clearInterval(slowBytes);
  });

  test('zero windows: streams with blocked responses are reset', { timeout: 60_000 }, async () => {
    const othersAreUnharmed = await connectOther();
    const initialWindowSize = 0x4;
    const peer = await dial(settings([initialWindowSize, 0]));
    const authenticated = [...fields, ['authorization', `Bearer ${bed.system.tokens.gateway}`] as const];
    for (const id of ids(0, 100)) peer.send(request(id, '', authenticated));
    await othersAreUnharmed();
    const resets = () => peer.frames.filter(({ type }) => type === Type.RST_STREAM);
    await expect.poll(() => resets().length, { timeout: DEFAULT_LIMITS.stallTimeoutMs + SLACK_MS }).toBe(100);
    expect(new Set(resets().map(({ payload }) => payload.readUInt32BE(0)))).toEqual(new Set([CANCEL]));
    await othersAreUnharmed();
  });
});
