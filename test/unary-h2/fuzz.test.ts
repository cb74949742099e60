/**
 * Random and mutated frames: the server reports only ConnectionErrors and what a handler throws, releases memory at the end,
 * and still serves another connection. FUZZ_SEED repeats a run, FUZZ_SECONDS sets its duration.
 */
import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ConnectionError } from '../../services/common/unary-h2/unary-server.ts';
import { Random } from '../support/random.ts';
import * as h2 from './support/frames.ts';
import { heldBytes } from './support/memory.ts';
import { Peer } from './support/peer.ts';
import { FAIL_PATH, framed, HOLD_PATH, THROW_PATH, testServer } from './support/test-server.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 4);
const PATHS = [h2.PATH, HOLD_PATH, FAIL_PATH, THROW_PATH, '/no'];
const MIB = 1024 * 1024;

const { Type } = h2;

/** Frames of which about one in `oneInvalidIn` may be invalid. If few are, a connection lasts and reaches many stream states. */
class Script {
  readonly #random: Random;
  readonly #oneInvalidIn: number;
  #id = 1;

  constructor(random: Random) {
    this.#random = random;
    this.#oneInvalidIn = random.pick([1, 10, 50]);
  }

  next(): Buffer {
    return this.#random.oneIn(this.#oneInvalidIn) ? this.#invalid() : this.#valid();
  }

  /** Valid, except for a few stream identifiers and after an invalid frame. */
  #valid(): Buffer {
    const random = this.#random;
    const frames = [
      () => h2.ping(random.bytes(8)),
      () => h2.windowUpdate(0, 1 + random.below(1_000)),
      () => h2.settings([0x4, random.pick([0, 1, 10, 65_535])], [0x1, random.pick([0, 4_096])]),
      () => h2.reset(this.#id, 8),
      () => h2.windowUpdate(this.#id, 1 + random.below(1_000)),
      () => this.#splitBlock(this.#newId(), h2.END_HEADERS),
    ];
    return random.oneIn(2) ? this.#request() : random.pick(frames)();
  }

  /** A request with one DATA frame or several, with trailers, or incomplete. */
  #request(): Buffer {
    const random = this.#random;
    const id = this.#newId();
    const bytes = random.bytes(random.below(random.oneIn(20) ? 70_000 : 100));
    if (random.oneIn(2)) return h2.request(id, bytes, this.#fields());
    const framedMessage = h2.message(bytes);
    const cut = random.below(Math.min(framedMessage.length, 16_000));
    const rest = framedMessage.subarray(cut, cut + 16_384);
    const end = random.pick([
      h2.data(id, h2.END_STREAM, rest),
      h2.headers(id, h2.END_STREAM, [['x', 'y']]),
      Buffer.alloc(0),
    ]);
    return Buffer.concat([h2.headers(id, 0, this.#fields()), h2.data(id, 0, framedMessage.subarray(0, cut)), end]);
  }

  #invalid(): Buffer {
    const random = this.#random;
    const id = this.#anyId();
    const flags = random.oneIn(4) ? random.below(256) : random.pick([0, 1, 4, 5, 8, 9]);
    const settings = () => [random.below(8), this.#anyNumber()] as const;
    const frames = [
      () =>
        h2.frame(
          random.below(256),
          flags,
          random.oneIn(3) ? random.below(2 ** 32) : id,
          random.bytes(random.below(40)),
        ),
      () => h2.settings(...Array.from({ length: random.below(4) }, settings)),
      () => h2.ping(random.bytes(random.oneIn(9) ? random.below(12) : 8)),
      () => h2.windowUpdate(random.oneIn(3) ? 0 : id, this.#anyNumber() & 0x7fff_ffff),
      () => h2.reset(id, random.below(20)),
      () => h2.data(id, flags & 1, random.bytes(random.below(200))),
      () => h2.frame(Type.DATA, flags | h2.PADDED, id, h2.padded(random.bytes(random.below(50)), random.below(256))),
      () => this.#splitBlock(random.oneIn(2) ? id : this.#newId(), random.pick([0, h2.END_HEADERS])),
      () => h2.frame(Type.HEADERS, flags | h2.END_HEADERS, this.#newId(), random.bytes(random.below(60))),
      () => h2.headers(id, random.below(2), [['x-trailer', 'v'.repeat(random.below(300))]]),
    ];
    return random.pick(frames)();
  }

  /** A field block in several frames, possibly incomplete. */
  #splitBlock(id: number, end: number): Buffer {
    const random = this.#random;
    const block = encodeFields(this.#fields());
    const cut = random.below(block.length);
    return Buffer.concat([
      h2.frame(Type.HEADERS, random.below(2), id, block.subarray(0, cut)),
      ...new Array(random.below(3)).fill(h2.frame(Type.CONTINUATION, 0, id)),
      h2.frame(Type.CONTINUATION, end, id, block.subarray(cut)),
    ]);
  }

  #fields() {
    const random = this.#random;
    const timeout = ['grpc-timeout', `${random.below(50)}${random.pick([...'HMSmu'])}`] as const;
    return h2.requestFields(random.oneIn(3) ? [timeout] : [], random.pick(PATHS));
  }

  #newId(): number {
    this.#id += this.#random.oneIn(30) ? this.#random.below(9) : 2;
    return this.#id;
  }

  #anyId(): number {
    return this.#random.oneIn(8) ? this.#random.below(20) : Math.max(0, this.#id - 2 * this.#random.below(4));
  }

  #anyNumber(): number {
    return this.#random.pick([0, 1, 5, 100, 16_384, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]);
  }
}

/** The input of one client: a handshake or random bytes, then random frames, in some inputs with bytes changed or dropped. */
function randomInput(random: Random): Buffer {
  const script = new Script(random);
  const frames = Array.from({ length: random.below(40) }, () => script.next());
  const bytes = Buffer.concat(frames);
  if (bytes.length > 0 && random.oneIn(4)) {
    for (let n = random.below(4); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
  }
  const cut = random.below(bytes.length + 1);
  const sent = random.oneIn(12)
    ? Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + random.below(9))])
    : bytes;
  const handshake = random.oneIn(30) ? random.bytes(30) : Buffer.concat([h2.PREFACE, h2.settings(), h2.SETTINGS_ACK]);
  return Buffer.concat([handshake, sent]);
}

test(`fuzz: seed ${SEED}`, { timeout: (SECONDS + 30) * 1_000 }, async () => {
  console.log(`fuzz: FUZZ_SEED=${SEED} FUZZ_SECONDS=${SECONDS}`);
  const { server, held, errors } = testServer({ maxConcurrentStreams: 20, resetBurst: 60, controlFrameBurst: 100 });
  const otherPeer = Peer.connect(server);
  const before = await heldBytes();
  const endAt = performance.now() + SECONDS * 1_000;
  const unexpected: unknown[] = [];
  let connections = 0;
  for (; performance.now() < endAt && unexpected.length === 0; connections++) {
    const random = new Random(SEED + connections);
    const [ours, theirs] = duplexPair();
    server.accept(theirs);
    ours.on('error', () => {}).resume();
    const bytes = randomInput(random);
    for (let at = 0; at < bytes.length; ) {
      const end = at + (random.oneIn(3) ? 1 + random.below(20) : 1 + random.below(100_000));
      ours.write(Buffer.from(bytes.subarray(at, end)));
      at = end;
      if (random.oneIn(3)) await new Promise((resolve) => setImmediate(resolve));
      if (random.oneIn(3)) held.pop()?.call.respond(random.bytes(random.below(100)));
    }
    await new Promise((resolve) => setImmediate(resolve));
    for (const { call } of held.splice(0)) call.respond(random.bytes(random.below(70_000)));
    await new Promise((resolve) => setImmediate(resolve));
    unexpected.push(
      ...errors.splice(0).filter((error) => !(error instanceof ConnectionError) && !/by a handler/.test(String(error))),
    );
    theirs.destroy();
    ours.destroy();
  }
  expect(unexpected, `connection ${connections - 1} of seed ${SEED}`).toEqual([]);
  otherPeer.send(h2.request(1, 'served'));
  expect((await otherPeer.response(1)).content).toEqual(framed('served'));
  const after = await heldBytes();
  console.log(
    `fuzz: ${connections} connections, ${server.stats.requests} requests, ${server.stats.connectionErrors} errors`,
  );
  expect(after - before).toBeLessThan(8 * MIB);
  expect(server.stats).toMatchObject({ connections: 1, openStreams: 0, abandonedCalls: 0, bufferedBytes: 0 });
});
