import { unavailable } from '#common/errors/app-error.ts';
import type { Log } from '#common/process/log.ts';
import { type Generation, GenerationChanges } from '#common/token-state/generation.ts';
import type { RedisOptions } from '#common/token-state/redis-connection.ts';
import { FILL, LEASE } from '#common/token-state/scripts.ts';
import { Connection } from './connection.ts';
import { type EntryHandler, ReadBatch, type WaitingState } from './read-batch.ts';
import type { Reply } from './replies.ts';

/** Keys in one MGET: bounds the reply and the time for which Redis does nothing else. */
const MAX_KEYS = 1_000;
/** Batches at once: while Redis works on one, the next is on its way. More would only be smaller. */
const MAX_READS_IN_FLIGHT = 2;
/** Entries in one script call. */
const MAX_FILLS = 100;
/** A reader that does not fill within this time has lost its turn. */
const LEASE_LIFE_MS = 5_000;
/** Between a lost connection and the next attempt: doubled from the first to the last. */
const RECONNECT_FIRST_MS = 20;
const RECONNECT_MAX_MS = 500;

/** One entry to fill. */
export interface Fill {
  readonly tokenHash: Buffer;
  /** What the entry must still begin with. */
  readonly claim: Buffer;
  /** Empty: a lease that is given back. */
  readonly state: Buffer;
  readonly lifeMs: number;
}

/**
 * The entries of tokens in Redis, as introspection reads, leases and fills them, over one connection (docs/caching.md).
 * Reads go out at the end of the event-loop turn, or, while two batches are in flight already, when one was answered: the
 * busier Redis is, the more of them share a round trip. Each is sent after it was asked for, so joining a batch makes no
 * answer older than it would have been alone. Without a connection everything fails at once; nothing is kept for another.
 */
export class EntryCache {
  readonly #options: RedisOptions;
  readonly #log: Log;
  #connection: Connection;
  #hashes: Buffer[] = [];
  #handlers: EntryHandler[] = [];
  #waiting: WaitingState[] = [];
  #isScheduled = false;
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  #lastReason: string | undefined;
  readonly #changes = new GenerationChanges();
  readonly #firstReady = Promise.withResolvers<void>();
  #filled = 0;

  constructor(options: RedisOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#connection = this.#connect();
  }

  /** Whether there is a connection now. */
  get isReady(): boolean {
    return this.#connection.generation !== undefined;
  }

  /** Resolves when the first connection stands. */
  get whenReady(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** The generation of the connection, 8 bytes; undefined without one. */
  get generation(): Buffer | undefined {
    return this.#connection.generation?.id;
  }

  /** How often another generation was met than the last one that was known; each time the cache has started empty. */
  get generationChanges(): number {
    return this.#changes.count;
  }

  /** Entries that were filled since the start; a lease that was given back is not one. */
  get filled(): number {
    return this.#filled;
  }

  /** Reads the entry of a token hash; `handler` is called in a later turn. */
  read(tokenHash: Buffer, handler: EntryHandler): void {
    this.#hashes.push(tokenHash);
    this.#handlers.push(handler);
    this.#sendSoon();
  }

  /** Takes the lease of each entry where nothing is: which of them were taken. Rejects with UNAVAILABLE. */
  async lease(tokenHashes: readonly Buffer[], claim: Buffer): Promise<boolean[]> {
    if (!this.isReady) throw unavailable('Redis cannot be reached');
    if (tokenHashes.length === 0) return [];
    const taken: boolean[] = [];
    return await new Promise((resolve, fail) => {
      const line = (text: string) => taken.push(text === '1');
      const reply: Reply = { mayBeRefused: true, line, end: () => resolve(taken), fail };
      this.#connection.run(LEASE, tokenHashes, [claim, String(LEASE_LIFE_MS)], reply);
    });
  }

  /** Replaces entries whose claims still stand, if `generation` is still the connection's. What Redis refuses is not cached. */
  fill(fills: readonly Fill[], generation: Buffer): void {
    const line = (count: string) => {
      this.#filled += Number(count);
    };
    for (let at = 0; at < fills.length && this.generation?.equals(generation); at += MAX_FILLS) {
      const some = fills.slice(at, at + MAX_FILLS);
      const hashes = some.map(({ tokenHash }) => tokenHash);
      const values = some.flatMap(({ claim, state, lifeMs }) => [claim, state, String(lifeMs)]);
      this.#connection.run(FILL, hashes, values, { mayBeRefused: true, line });
    }
  }

  /** Ends the connection; what is in flight fails. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connection.close('introspection is stopping');
  }

  /** At the end of the turn, so that others can join. */
  #sendSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#send);
  }

  readonly #send = (): void => {
    this.#isScheduled = false;
    const connection = this.#connection;
    if (connection.generation === undefined) this.#failAll();
    else if (connection.readsInFlight < MAX_READS_IN_FLIGHT) this.#sendTo(connection);
  };

  #sendTo(connection: Connection): void {
    const stampKeys = new Map<number, Buffer>();
    for (const { bytes, start } of this.#waiting) connection.stamps.collectMissing(bytes, start, stampKeys);
    const hashes = this.#hashes.splice(0, MAX_KEYS);
    const handlers = this.#handlers.splice(0, MAX_KEYS);
    const batch = new ReadBatch(hashes, handlers, [...stampKeys.values()], this.#waiting);
    this.#waiting = [];
    connection.read(batch, () => {
      this.#attempts = 0; // not after the handshake alone: a server may answer that and then hang
      batch.deliver(connection.stamps, (state) => this.#waiting.push(state));
      if (this.#hashes.length > 0 || this.#waiting.length > 0) this.#sendSoon();
    });
  }

  #failAll(): void {
    this.#hashes = [];
    for (const handler of this.#handlers.splice(0)) handler.onUnreachable();
    for (const { handler } of this.#waiting.splice(0)) handler.onUnreachable();
  }

  #connect(): Connection {
    return new Connection({
      ...this.#options,
      onReady: (generation) => this.#onReady(generation),
      onClosed: (reason) => this.#onClosed(reason),
    });
  }

  #onReady(generation: Generation): void {
    if (this.#lastReason !== undefined) this.#log.info('redis connection is back');
    this.#lastReason = undefined;
    this.#changes.note(generation, this.#log);
    this.#firstReady.resolve();
  }

  #onClosed(reason: string): void {
    this.#failAll();
    if (this.#isClosed) return;
    if (this.#lastReason !== reason) this.#log.warn({ reason }, 'redis connection lost; answering from auth-server');
    this.#lastReason = reason;
    const waitMs = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.#attempts++, 10));
    this.#retry = setTimeout(() => {
      this.#connection = this.#connect();
    }, waitMs);
  }
}
