import { Histogram } from '#common/observe/histogram.ts';
import type { Log } from '#common/process/log.ts';
import { RedisServers } from '#common/redis/redis-servers.ts';
import { isState } from '#common/token-state/entry.ts';
import { type Generation, GenerationChanges } from '#common/token-state/generation.ts';
import type { RedisOptions } from '#common/token-state/redis-options.ts';
import { Connection } from './connection.ts';
import type { Values } from './reply-reader.ts';
import type { StampCache } from './stamp-cache.ts';

/** Entries of one batch: limits the size of the reply and how long the MGET blocks Redis. */
const MAX_READS = 1_000;
/** One is on its way while Redis processes the other. More would only make batches smaller. */
const MAX_BATCHES_IN_FLIGHT = 2;
/** Entries of one script call. */
const MAX_FILLS = 100;
/** After this time another reader may take the lease. */
const LEASE_TTL_MS = 5_000;
/** Reconnect delay: doubled with each attempt. */
const MIN_RECONNECT_MS = 20;
const MAX_RECONNECT_MS = 500;

/** A read of the entry of a token. Exactly one function is called, once, after `EntryCache.read` has returned. Must not throw. */
export interface EntryRead {
  /** SHA-256 of the token. */
  readonly tokenHash: Buffer;
  /** A state with current stamps. Its bytes are not overwritten later. */
  onState(state: Buffer): void;
  /** No valid state. `invalid`: the state, if it has a changed stamp. */
  onMissing(invalid?: Buffer): void;
  onUnreachable(): void;
}

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
 * has been sent, so batching does not make its result older. Without a connection, reads fail at the end of the turn
 * instead of waiting for a connection.
 */
export class EntryCache {
  /** Of batches. */
  readonly readDurations = new Histogram();
  readonly #options: RedisOptions;
  readonly #servers: RedisServers;
  readonly #log: Log;
  #connection: Connection;
  /** Reads that wait for their batch. */
  #queue: EntryRead[] = [];
  /** Batches without a reply, in the order in which they were sent. */
  readonly #inFlight: EntryRead[][] = [];
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
    this.#servers = new RedisServers(options, log);
    this.#log = log;
    this.#connection = this.#connect();
  }

  /** Whether Redis is connected. */
  get isReady(): boolean {
    return this.#connection.generation !== undefined;
  }

  /** Resolves after the first handshake that succeeds. */
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
    return this.#queue.length;
  }

  read(read: EntryRead): void {
    this.#queue.push(read);
    this.#sendSoon();
  }

  /** Takes the lease of each entry that does not exist. Returns which were taken; empty without Redis. */
  async lease(tokenHashes: readonly Buffer[], claim: Buffer): Promise<boolean[]> {
    if (!this.isReady || tokenHashes.length === 0) return [];
    const taken: boolean[] = [];
    return await new Promise((resolve) => {
      const add = (isTaken: boolean) => {
        if (taken.push(isTaken) === tokenHashes.length) resolve(taken);
      };
      const reply = { onReply: ([ok]: Values) => add(ok !== undefined), onError: () => add(false) };
      this.#connection.lease(tokenHashes, claim, LEASE_TTL_MS, reply);
    });
  }

  /** Replaces entries that still have their claim, if `generation` is still the connection's. Errors of Redis are ignored. */
  fill(fills: readonly Fill[], generation: Buffer): void {
    const onReply = ([count]: Values) => {
      this.#filled += Number(count);
    };
    for (let at = 0; at < fills.length && this.generation?.equals(generation); at += MAX_FILLS) {
      const batch = fills.slice(at, at + MAX_FILLS);
      const hashes = batch.map(({ tokenHash }) => tokenHash);
      const values = batch.flatMap(({ claim, state, ttlMs }) => [claim, state, String(ttlMs)]);
      this.#connection.fill(hashes, values, { onReply, onError: () => {} });
    }
  }

  /** Closes the connection; queued reads, and reads and commands in flight, fail. */
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
    else if (this.#inFlight.length < MAX_BATCHES_IN_FLIGHT) this.#sendBatch(connection);
  };

  #sendBatch(connection: Connection): void {
    const batch = this.#queue.splice(0, MAX_READS);
    this.#inFlight.push(batch);
    const sentAt = performance.now();
    const hashes = batch.map(({ tokenHash }) => tokenHash);
    connection.read(hashes, (entries) => {
      this.readDurations.observe(performance.now() - sentAt);
      this.#attempts = 0; // only after a reply: a server may complete the handshake and then hang
      this.#inFlight.shift();
      for (const [index, read] of batch.entries()) this.#deliver(read, entries[index], connection.stamps);
      if (this.#queue.length > 0) this.#sendSoon();
    });
  }

  /** If stamps of the state are not cached, the read is repeated, and the next batch also reads them. */
  #deliver(read: EntryRead, entry: Buffer | undefined, stamps: StampCache): void {
    if (entry === undefined || !isState(entry)) {
      read.onMissing();
      return;
    }
    const check = stamps.check(entry);
    if (check === 'current') read.onState(entry);
    else if (check === 'changed') read.onMissing(entry);
    else this.#queue.push(read);
  }

  #failAll(): void {
    for (const read of [...this.#inFlight.splice(0).flat(), ...this.#queue.splice(0)]) read.onUnreachable();
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
