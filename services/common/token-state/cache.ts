import type { Clock } from '../process/clock.ts';
import { decodeState, encodeLease, encodeState } from './entry.ts';
import type { RedisConnection } from './redis-connection.ts';

/** For how long a state is answered without asking auth-server. Bounds staleness if Redis ever splits in two. */
const FRESH_MS = 60_000;
/** For how long it may be answered at all, while auth-server cannot be reached. A hit never lengthens it. */
const STATE_LIFE_MS = 60 * 60_000;
/** A reader that does not fill within this time has lost its turn. */
const LEASE_LIFE_MS = 5_000;
/**
 * Longer than any change may take from its fence to its commit: the transaction's own bound is far below it, and a COMMIT
 * that stalls inside Postgres has the rest. What a crash leaves behind costs misses of these tokens for as long.
 */
export const FENCE_LIFE_MS = 5 * 60_000;
/** Entries per script call, so that a change of many tokens does not block Redis for long. */
const SCRIPT_CHUNK = 500;
/** Calls of one change under way at a time, so that none of them waits behind so many that it runs into its timeout. */
const CALLS_UNDER_WAY = 4;

/** The right to fill one entry, as long as nothing has happened to it since. */
export interface Lease {
  readonly key: Buffer;
  readonly claim: Buffer;
}

/** What the cache says of one token. */
export type CacheRead =
  /** The encoded answer. `lease` is there when it is no longer fresh: ask auth-server, fall back on the answer. */
  | {
      readonly kind: 'state';
      readonly answer: Buffer;
      readonly expiresAt: number;
      readonly lease?: Lease;
    }
  /** Nothing is known: ask auth-server. With the lease, the answer may be put; without it (fenced, or another reader's
   *  turn) it may only be given. */
  | { readonly kind: 'miss'; readonly lease?: Lease };

/** Cache of the encoded answers, as introspection reads and fills it. Errors are UNAVAILABLE. */
export interface TokenStateReader {
  read(tokenHash: Buffer): Promise<CacheRead>;
  fill(lease: Lease, answer: Uint8Array, expiresAt: number): Promise<void>;
}

/** The same cache as a change sees it. `changeId` is 8 bytes. Errors are UNAVAILABLE. */
export interface TokenStateFence {
  /** From here until `drop` (or FENCE_LIFE_MS) nobody can fill these entries. */
  fence(changeId: Buffer, tokenHashes: readonly Buffer[]): Promise<void>;
  /** After this no entry holds what was read before, whoever reads it. */
  drop(changeId: Buffer, tokenHashes: readonly Buffer[]): Promise<void>;
}

/**
 * The token-state cache: Redis entries with leases and fences (docs/caching.md). The only code that touches its keys.
 */
export class TokenStateCache implements TokenStateReader, TokenStateFence {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;

  constructor(connection: RedisConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async read(tokenHash: Buffer): Promise<CacheRead> {
    const key = this.#connection.key(tokenHash);
    const claim = encodeLease();
    // Reads, or takes the lease where nothing is. Redis counts it as a write, whether or not it is one: a primary that has
    // been made a replica keeps its connections and would go on answering reads, and refuses this.
    const found = (await this.#connection.client.callBuffer(
      'SET',
      key,
      claim,
      'PX',
      LEASE_LIFE_MS,
      'NX',
      'GET',
    )) as Buffer | null;
    return found === null ? { kind: 'miss', lease: { key, claim } } : this.#interpret(key, found);
  }

  async fill(lease: Lease, answer: Uint8Array, expiresAt: number): Promise<void> {
    const now = this.#clock.now();
    const life = expiresAt === 0 ? STATE_LIFE_MS : Math.min(STATE_LIFE_MS, expiresAt - now);
    if (life <= 0) return;
    const state = encodeState(answer, now + FRESH_MS, expiresAt);
    await this.#connection.client.fillEntry(lease.key, lease.claim, state, Math.ceil(life));
  }

  async fence(changeId: Buffer, tokenHashes: readonly Buffer[]): Promise<void> {
    const { client } = this.#connection;
    await inChunks(this.#keys(tokenHashes), (keys) =>
      client.fenceEntries(keys.length, ...keys, changeId, FENCE_LIFE_MS),
    );
  }

  async drop(changeId: Buffer, tokenHashes: readonly Buffer[]): Promise<void> {
    const { client } = this.#connection;
    await inChunks(this.#keys(tokenHashes), (keys) => client.dropEntries(keys.length, ...keys, changeId));
  }

  #keys(tokenHashes: readonly Buffer[]): Buffer[] {
    return tokenHashes.map((tokenHash) => this.#connection.key(tokenHash));
  }

  #interpret(key: Buffer, found: Buffer): CacheRead {
    const state = decodeState(found);
    if (state === undefined) return { kind: 'miss' };
    const { answer, expiresAt, claim, freshUntil } = state;
    if (this.#clock.now() < freshUntil) return { kind: 'state', answer, expiresAt };
    return { kind: 'state', answer, expiresAt, lease: { key, claim } };
  }
}

async function inChunks(keys: readonly Buffer[], run: (keys: Buffer[]) => Promise<unknown>): Promise<void> {
  const chunks = sliced(keys, SCRIPT_CHUNK);
  for (const underWay of sliced(chunks, CALLS_UNDER_WAY)) await Promise.all(underWay.map(run));
}

function sliced<T>(items: readonly T[], size: number): T[][] {
  const slices: T[][] = [];
  for (let at = 0; at < items.length; at += size) slices.push(items.slice(at, at + size));
  return slices;
}
