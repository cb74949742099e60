import { unavailable } from '#common/errors/app-error.ts';
import { Histogram } from '#common/observe/histogram.ts';
import type { Log } from '#common/process/log.ts';
import { RedisServers } from '#common/redis/redis-servers.ts';
import { type Generation, GenerationChanges } from '#common/token-state/generation.ts';
import type { RedisOptions } from '#common/token-state/redis-options.ts';
import { Connection } from './connection.ts';
import { type EntryHandler, type PendingState, ReadBatch } from './read-batch.ts';

/** Keys of one MGET: limits the size of the reply and how long it blocks Redis. */
const MAX_KEYS = 1_000;
/** Batches in flight: one is on its way while Redis processes the other. More would only make batches smaller. */
const MAX_READS_IN_FLIGHT = 2;
/** Entries of one script call. */
const MAX_FILLS = 100;
/** After this time another reader may take the lease. */
const LEASE_TTL_MS = 5_000;
/** Reconnect delay: doubled with each attempt. */
const MIN_RECONNECT_MS = 20;
const MAX_RECONNECT_MS = 500;

export interface Fill {
  readonly tokenHash: Buffer;
  /** The entry is replaced only if it still starts with this. */
  readonly claim: Buffer;
  /** Empty: releases the lease. */
  readonly state: Buffer;
  readonly ttlMs: number;
}

/**
 * Reads, leases and fills token entries in Redis, over one connection (docs/caching.md). Reads are sent in batches at the
 * end of the event-loop turn, or, while two batches are in flight, when one has completed. A read never joins a batch that
 * has been sent, so batching does not make its result older. Without a connection reads fail immediately instead of waiting
 * for the next one.
 */
export class EntryCache {
  readonly #options: RedisOptions;
  readonly #servers: RedisServers;
  readonly #log: Log;
  #connection: Connection;
  #hashes: Buffer[] = [];
  #handlers: EntryHandler[] = [];
  #pendingStates: PendingState[] = [];
  #isScheduled = false;
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  #lastReason: string | undefined;
  readonly #changes = new GenerationChanges();
  readonly #firstReady = Promise.withResolvers<void>();
  #filled = 0;
  readonly #readDurations = new Histogram();

  constructor(options: RedisOptions, log: Log) {
    this.#options = options;
    this.#servers = new RedisServers(options, log);
    this.#log = log;
    this.#connection = this.#connect();
  }

  /** Whether Redis is connected. */
  get isReady(): boolean {
    return this.#connection.generation !== undefined;
  }

  /** Resolves after the handshake of the first connection. */
  get whenReady(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** The generation of the connection, 8 bytes; undefined without one. */
  get generation(): Buffer | undefined {
    return this.#connection.generation?.id;
  }

  /** How often the generation has changed; each time the cache has started empty. */
  get generationChanges(): number {
    return this.#changes.count;
  }

  /** Entries filled since the start, without released leases. */
  get filled(): number {
    return this.#filled;
  }

  /** Reads that wait for their batch. */
  get queued(): number {
    return this.#hashes.length;
  }

  /** Durations of read batches, as in Histogram. */
  get readCells(): number[] {
    return [...this.#readDurations.cells];
  }

  /** Reads the entry of a token hash; `handler` is called in a later turn. */
  read(tokenHash: Buffer, handler: EntryHandler): void {
    this.#hashes.push(tokenHash);
    this.#handlers.push(handler);
    this.#sendSoon();
  }

  /** Takes the lease of each entry that does not exist; returns which were taken. Rejects with UNAVAILABLE. */
  async lease(tokenHashes: readonly Buffer[], claim: Buffer): Promise<boolean[]> {
    if (!this.isReady) throw unavailable('Redis is unreachable');
    if (tokenHashes.length === 0) return [];
    const taken: boolean[] = [];
    let isTaken = false;
    return await new Promise((resolve, reject) => {
      const onLine = () => {
        isTaken = true;
      };
      const onEnd = () => {
        taken.push(isTaken);
        isTaken = false;
        if (taken.length === tokenHashes.length) resolve(taken);
      };
      this.#connection.lease(tokenHashes, claim, LEASE_TTL_MS, { allowsErrors: true, onLine, onEnd, onFail: reject });
    });
  }

  /** Replaces entries that still have their claim, if `generation` is still the connection's. Errors of Redis are ignored. */
  fill(fills: readonly Fill[], generation: Buffer): void {
    const onLine = (count: string) => {
      this.#filled += Number(count);
    };
    for (let at = 0; at < fills.length && this.generation?.equals(generation); at += MAX_FILLS) {
      const batch = fills.slice(at, at + MAX_FILLS);
      const hashes = batch.map(({ tokenHash }) => tokenHash);
      const values = batch.flatMap(({ claim, state, ttlMs }) => [claim, state, String(ttlMs)]);
      this.#connection.fill(hashes, values, { allowsErrors: true, onLine });
    }
  }

  /** Closes the connection; reads and commands in flight fail. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#connection.close('introspection is stopping');
  }

  /** Sends at the end of the event-loop turn, so that further reads join the batch. */
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
    for (const { bytes, start } of this.#pendingStates) connection.stamps.collectMissing(bytes, start, stampKeys);
    const hashes = this.#hashes.splice(0, MAX_KEYS);
    const handlers = this.#handlers.splice(0, MAX_KEYS);
    const batch = new ReadBatch(hashes, handlers, [...stampKeys.values()], this.#pendingStates);
    this.#pendingStates = [];
    const sentAt = performance.now();
    connection.read(batch, () => {
      this.#readDurations.observe(performance.now() - sentAt);
      this.#attempts = 0; // only after a reply: a server may complete the handshake and then hang
      batch.deliver(connection.stamps, (state) => this.#pendingStates.push(state));
      if (this.#hashes.length > 0 || this.#pendingStates.length > 0) this.#sendSoon();
    });
  }

  #failAll(): void {
    this.#hashes = [];
    for (const handler of this.#handlers.splice(0)) handler.onUnreachable();
    for (const { handler } of this.#pendingStates.splice(0)) handler.onUnreachable();
  }

  #connect(): Connection {
    return new Connection({
      ...this.#options,
      servers: this.#servers,
      onReady: (generation) => this.#onReady(generation),
      onClosed: (reason) => this.#onClosed(reason),
    });
  }

  #onReady(generation: Generation): void {
    if (this.#lastReason !== undefined) this.#log.info('redis connection restored');
    this.#lastReason = undefined;
    this.#changes.observe(generation, this.#log);
    this.#firstReady.resolve();
  }

  #onClosed(reason: string): void {
    this.#failAll();
    if (this.#isClosed) return;
    if (this.#lastReason !== reason) this.#log.warn({ reason }, 'redis connection lost; serving from auth-server');
    this.#lastReason = reason;
    const delayMs = Math.min(MAX_RECONNECT_MS, MIN_RECONNECT_MS * 2 ** Math.min(this.#attempts++, 10));
    this.#retry = setTimeout(() => {
      this.#connection = this.#connect();
    }, delayMs);
  }
}
