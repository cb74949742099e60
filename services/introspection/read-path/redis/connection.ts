import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { unavailable } from '#common/errors/app-error.ts';
import { Generation, newGeneration, recordKey } from '#common/token-state/generation.ts';
import { STAMP_KEY_BYTES, tokenKey } from '#common/token-state/keys.ts';
import type { RedisOptions } from '#common/token-state/redis-connection.ts';
import { FILL, GUARD, LEARN, LEASE } from '#common/token-state/scripts.ts';
import { type RedisAddress, redisAddress } from './address.ts';
import { EntriesGet, encodeCommand } from './commands.ts';
import { HeldStamps } from './held-stamps.ts';
import type { ReadBatch } from './read-batch.ts';
import { NOTHING_EXPECTED, type Reply } from './replies.ts';
import { ReplyReader, type ValueSink } from './reply-reader.ts';

/** Where a connection leads, and its callbacks. */
export interface ConnectionOptions extends RedisOptions {
  readonly onReady: (generation: Generation) => void;
  /** Everything that was asked on it has failed by now. */
  readonly onClosed: (reason: string) => void;
}

/** Each with the digest that EVALSHA calls it by. */
const DIGESTS = new Map(
  [GUARD, LEASE, FILL].map((script) => [script, createHash('sha1').update(script).digest('hex')]),
);
/** What a script or a write is refused with by a server that is not the one that was learnt. */
const NOT_THE_SERVER = /^(GENERATION|READONLY|NOSCRIPT)/;

/**
 * One connection to Redis, from its first byte to its last. It learns the generation of the server at its other end before
 * anything else and holds the stamps that it has read; both end with it. What was not answered when it ends has failed, and
 * is not sent again.
 */
export class Connection implements ValueSink {
  readonly stamps = new HeldStamps();
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #replies = new ReplyReader(this);
  /** What is still to be answered and when it was sent, in that order. */
  readonly #expected: { readonly reply: Reply; readonly sentAtMs: number }[] = [];
  #generation: Generation | undefined;
  #entriesGet: EntriesGet | undefined;
  #guard: Buffer | undefined;
  #readsInFlight = 0;
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { dial, greeting } = redisAddress(options.url);
    this.#socket = dial();
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', (error) => this.close(`the connection to Redis failed: ${error.message}`));
    this.#socket.on('close', () => this.close('the connection to Redis was lost'));
    this.#greet(greeting);
    this.#closeIfLate();
  }

  /** What was learnt: commands can go out. Undefined before, and when it has ended. */
  get generation(): Generation | undefined {
    return this.#isClosed ? undefined : this.#generation;
  }

  /** Batches of reads that are not answered yet. */
  get readsInFlight(): number {
    return this.#readsInFlight;
  }

  /** Sends reads as one pipeline, with the guard behind them; only when it is ready. `onAnswered`: they were current. */
  read(batch: ReadBatch, onAnswered: () => void): void {
    const { keyPrefix } = this.#generation as Generation;
    const commands: Buffer[] = [];
    if (batch.tokenHashes.length > 0) {
      commands.push((this.#entriesGet as EntriesGet).encode(batch.tokenHashes));
      this.#expect(batch.entriesReply());
    }
    if (batch.stampKeys.length > 0) {
      const keys = batch.stampKeys.map((key) => Buffer.concat([keyPrefix, key]));
      // Only what the next command reads is tracked: entries of tokens change too often to be worth it.
      commands.push(encodeCommand(['CLIENT', 'CACHING', 'YES']), encodeCommand(['MGET', ...keys]));
      this.#expect(NOTHING_EXPECTED);
      this.#expect(batch.stampsReply(this.stamps));
    }
    commands.push(this.#guard as Buffer);
    this.#readsInFlight++;
    this.#expect(
      batch.guardReply(() => {
        this.#readsInFlight--;
        onAnswered();
      }),
    );
    this.#socket.write(Buffer.concat(commands));
  }

  /** Runs LEASE or FILL on the entries of these tokens; only when it is ready. */
  run(script: string, tokenHashes: readonly Buffer[], values: readonly (string | Buffer)[], reply: Reply): void {
    this.#ask(this.#call(script, tokenHashes, values), reply);
  }

  /** Ends it now; what is in flight fails. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#watch);
    this.#socket.destroy();
    this.stamps.clear();
    const error = unavailable(reason);
    for (const { reply } of this.#expected.splice(0)) reply.fail?.(error);
    this.#options.onClosed(reason);
  }

  bulk(bytes: Buffer, start: number, end: number): void {
    // A push has the word `invalidate` and then the keys that have changed.
    if (this.#replies.isPush) this.stamps.release(bytes, Math.max(0, end - STAMP_KEY_BYTES));
    else this.#expected[0]?.reply.bulk?.(bytes, start, end);
  }

  nil(): void {
    // A push that names no keys says that all of them are gone (FLUSHALL).
    if (this.#replies.isPush) this.stamps.clear();
    else this.#expected[0]?.reply.nil?.();
  }

  line(text: string): void {
    this.#expected[0]?.reply.line?.(text);
  }

  /** A lease or a fill may be refused; any other error closes the connection. */
  error(text: string): void {
    const mayBeRefused = this.#expected[0]?.reply.mayBeRefused === true && !NOT_THE_SERVER.test(text);
    if (!mayBeRefused) this.close(`Redis refuses: ${text}`);
  }

  end(isPush: boolean): void {
    if (isPush || this.#isClosed) return;
    const answered = this.#expected.shift();
    if (answered === undefined) this.close('Redis answers what was not asked');
    else answered.reply.end?.();
  }

  /** Everything that has to be known and set before the first read, in one write. */
  #greet(greeting: RedisAddress['greeting']): void {
    const { keyPrefix } = this.#options;
    const loads = [...DIGESTS.keys()].map((script) => ['SCRIPT', 'LOAD', script]);
    for (const words of [...greeting, ['CLIENT', 'TRACKING', 'ON', 'OPTIN'], ...loads]) {
      this.#ask(encodeCommand(words), NOTHING_EXPECTED);
    }
    this.#ask(encodeCommand(['EVAL', LEARN, '1', recordKey(keyPrefix), newGeneration()]), {
      bulk: (bytes, start, end) => this.#learn(new Generation(keyPrefix, bytes.toString('latin1', start, end))),
    });
  }

  #learn(generation: Generation): void {
    this.#generation = generation;
    this.#entriesGet = new EntriesGet(generation.keyPrefix);
    this.#guard = this.#call(GUARD, [], []);
    this.#options.onReady(generation);
  }

  #call(script: string, tokenHashes: readonly Buffer[], values: readonly (string | Buffer)[]): Buffer {
    const given = (this.#generation as Generation).scriptArguments(tokenHashes.map(tokenKey), values);
    return encodeCommand(['EVALSHA', DIGESTS.get(script) as string, ...given]);
  }

  #ask(command: Buffer, reply: Reply): void {
    this.#expect(reply);
    this.#socket.write(command);
  }

  #expect(reply: Reply): void {
    this.#expected.push({ reply, sentAtMs: performance.now() });
  }

  /** Ends the connection if the oldest reply is late, else looks again when it would be: once in each timeout if all is well. */
  #closeIfLate(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    const leftMs = (this.#expected[0]?.sentAtMs ?? now) + this.#options.commandTimeoutMs - now;
    if (leftMs <= 0) this.close('Redis did not answer in time');
    // A process that stood still finds its timers due before it reads what has come meanwhile: that is read first.
    else this.#watch = setTimeout(() => setImmediate(() => this.#closeIfLate()), leftMs);
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#replies.read(chunk);
    } catch (error) {
      this.close(`what answers is not Redis, or not the one that we know: ${(error as Error).message}`);
    }
  }
}
