import { randomBytes } from 'node:crypto';
import { unavailable } from '#common/errors/app-error.ts';
import type { ActiveSpan } from '#common/observe/active-span.ts';
import { runIn } from '#common/observe/trace-context.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import type { Responder } from '#common/rpc/responder.ts';
import { encodeLease, encodeState, ID_BYTES, isLease, STAMP_BYTES } from '#common/token-state/entry.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';
import type { TokenState } from '#gen/featureos/oauth/internal/v1/token_state_pb.ts';
import type { GetTokenStatesResponse } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import type { StateSource } from './auth-server.ts';
import { FairQueue } from './fair-queue.ts';
import type { EntryCache, Fill } from './redis/entry-cache.ts';
import { responseAt } from './response.ts';

/** Maximum number of tokens in one request to auth-server. */
const MAX_HASHES = 500;
/** How long a state is fresh; random, so that states that were filled together are not renewed together. */
const MIN_FRESH_MS = 50_000;
const MAX_FRESH_MS = 70_000;
/** How long a state is served while auth-server is unreachable. A hit does not extend it. */
const STATE_TTL_MS = 60 * 60_000;
/** About 10 MB. */
const MAX_OWNERS = 50_000;
/** Replaces a lease that is released; expires at once. */
const NO_STATE = Buffer.alloc(0);
/** How long auth-server counts as failing after a failed request; no renewal is queued then. */
const RENEWAL_RETRY_MS = 1_000;

export interface LoadLimits {
  /** Concurrent requests to auth-server. */
  readonly maxRequestsInFlight: number;
  /**
   * Queued first loads, and as many renewals. Further first loads fail with UNAVAILABLE at once instead of timing out; further
   * renewals are skipped.
   */
  readonly maxQueueLength: number;
}

/** A state in Redis that is stale or has a changed stamp. */
export interface OldState {
  readonly claim: Buffer;
  /** See ownerOf(). */
  readonly owner: string;
}

/** Of the request for which a token is read. */
export interface ReadOptions {
  /** When the caller stops waiting, ms since 1970; Infinity without a deadline. */
  readonly deadline: number;
  /** Undefined unless the request is in a sampled trace. */
  readonly span: ActiveSpan | undefined;
}

/** A queued token. */
interface PendingLoad {
  readonly tokenHash: Buffer;
  readonly key: string;
  /** The claim of the entry to fill: of an old state, or a lease that was taken. */
  claim: Buffer | undefined;
  /** Empty for a renewal. */
  readonly responders: Responder[];
  /** The span of the call that queued it, if that is in a sampled trace; undefined for a renewal. */
  readonly span: ActiveSpan | undefined;
  /** The latest deadline of its calls, ms since 1970 on the system's clock; Infinity for a renewal. */
  deadline: number;
}

/** Counted since the start. */
export interface LoadCounts {
  /** Requests to auth-server. */
  requests: number;
  /** Tokens in these requests. */
  tokens: number;
  /** First loads that were refused because too many were queued. */
  refused: number;
}

export interface StateLoaderDependencies {
  readonly cache: Pick<EntryCache, 'lease' | 'fill' | 'generation'>;
  readonly source: StateSource;
  readonly limits: LoadLimits;
  readonly clock: Clock;
}

/**
 * Loads token states from auth-server in batches and fills the cache with them. First loads (calls wait for them) take
 * precedence over renewals, and installs take turns. A call never joins a request that has been sent: the request may have
 * read a state from before a change that the call must see.
 */
export class StateLoader {
  readonly counts: LoadCounts = { requests: 0, tokens: 0, refused: 0 };
  readonly #dependencies: StateLoaderDependencies;
  readonly #pending = new Map<string, PendingLoad>();
  readonly #queue: FairQueue<PendingLoad>;
  readonly #renewals: FairQueue<PendingLoad>;
  /** Keys of renewals that are queued or in flight. */
  readonly #renewing = new Set<string>();
  /** Owners of recently loaded tokens, for those without a state in Redis. */
  readonly #owners = new Map<string, string>();
  #inFlight = 0;
  #isScheduled = false;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(dependencies: StateLoaderDependencies) {
    this.#dependencies = dependencies;
    this.#queue = new FairQueue(dependencies.limits.maxQueueLength);
    this.#renewals = new FairQueue(dependencies.limits.maxQueueLength);
  }

  /** Whether a request to auth-server has just failed. */
  get isFailing(): boolean {
    return this.#dependencies.clock.now() < this.#failedAt + RENEWAL_RETRY_MS;
  }

  /** Tokens that wait for a request to auth-server: first loads and renewals. */
  get queued(): { readonly load: number; readonly renewal: number } {
    return { load: this.#queue.size, renewal: this.#renewals.size };
  }

  /** Requests to auth-server. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The new state replaces `old` in the cache; without `old`, it is cached only if there is no entry. */
  load(tokenHash: Buffer, { deadline, span }: ReadOptions, responder: Responder, old?: OldState): void {
    const key = tokenHash.toString('latin1');
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      pending.responders.push(responder);
      pending.deadline = Math.max(pending.deadline, deadline);
      return;
    }
    const load = { tokenHash, key, claim: old?.claim, responders: [responder], span, deadline };
    if (!this.#queue.push(old?.owner ?? this.#owners.get(key) ?? key, load)) {
      this.counts.refused++;
      responder.fail(unavailable('too many tokens are being looked up'));
      return;
    }
    this.#pending.set(key, load);
    this.#sendSoon();
  }

  /** Reloads a valid state in the background; skipped if the queue is full or auth-server is failing. */
  renew(tokenHash: Buffer, { claim, owner }: OldState): void {
    const key = tokenHash.toString('latin1');
    if (this.isFailing || this.#renewing.has(key)) return;
    const load = { tokenHash, key, claim, responders: [], span: undefined, deadline: Number.POSITIVE_INFINITY };
    if (!this.#renewals.push(owner, load)) return;
    this.#renewing.add(key);
    this.#sendSoon();
  }

  /** Sends at the end of the event-loop turn, so that further loads join the request. */
  #sendSoon(): void {
    if (this.#isScheduled || this.#inFlight >= this.#dependencies.limits.maxRequestsInFlight) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendNext();
    });
  }

  #sendNext(): void {
    while (this.#inFlight < this.#dependencies.limits.maxRequestsInFlight) {
      const loads = this.#nextBatch();
      if (loads.length === 0) return;
      this.#inFlight++;
      void this.#send(loads).finally(() => {
        this.#inFlight--;
        for (const { key, responders } of loads) if (responders.length === 0) this.#renewing.delete(key);
        this.#sendNext();
      });
    }
  }

  /** Takes the loads of the next request, which later loads cannot join. */
  #nextBatch(): PendingLoad[] {
    const now = systemClock.now(); // gRPC computes deadlines with the system's clock
    const loads: PendingLoad[] = [];
    while (loads.length < MAX_HASHES && this.#queue.size > 0) {
      for (const load of this.#queue.take(MAX_HASHES - loads.length)) {
        this.#pending.delete(load.key);
        if (load.deadline > now) loads.push(load);
        else failAll([load], unavailable('the token could not be looked up in time'));
      }
    }
    return [...loads, ...this.#renewals.take(MAX_HASHES - loads.length)];
  }

  async #send(loads: readonly PendingLoad[]): Promise<void> {
    this.counts.requests++;
    this.counts.tokens += loads.length;
    const { generation } = this.#dependencies.cache;
    await this.#takeLeases(loads);
    let response: GetTokenStatesResponse | undefined;
    try {
      const hashes = loads.map(({ tokenHash }) => tokenHash);
      const span = loads.find((load) => load.span !== undefined)?.span;
      response = await runIn(span, () => this.#dependencies.source.getTokenStates(hashes));
      this.#failedAt = Number.NEGATIVE_INFINITY;
      this.#respond(loads, response);
    } catch (error) {
      this.#failedAt = this.#dependencies.clock.now();
      failAll(loads, error);
    }
    if (generation !== undefined) this.#dependencies.cache.fill(this.#fills(loads, generation, response), generation);
  }

  /**
   * Takes leases for the loads without a claim. An entry that exists (a state, a fence or another reader's lease) cannot be
   * leased, and none can while Redis is unreachable; such a load fills nothing.
   */
  async #takeLeases(loads: readonly PendingLoad[]): Promise<void> {
    const lease = encodeLease(randomBytes(ID_BYTES));
    const unclaimed = loads.filter(({ claim }) => claim === undefined);
    const hashes = unclaimed.map(({ tokenHash }) => tokenHash);
    const taken = await this.#dependencies.cache.lease(hashes, lease);
    for (const [index, load] of unclaimed.entries()) if (taken[index]) load.claim = lease;
  }

  #respond(loads: readonly PendingLoad[], { states }: GetTokenStatesResponse): void {
    const now = this.#dependencies.clock.now();
    for (const [index, { key, responders }] of loads.entries()) {
      const { response, expiresAtMs, stamps } = states[index] as TokenState;
      this.#rememberOwner(key, stamps);
      for (const responder of responders) responder.respond(responseAt(now, response, Number(expiresAtMs)));
    }
  }

  /** An unknown token has no stamps and no owner. */
  #rememberOwner(key: string, stamps: Uint8Array): void {
    if (stamps.length === 0) return;
    if (this.#owners.size >= MAX_OWNERS) this.#owners.clear();
    this.#owners.set(key, ownerOf(stamps));
  }

  /** The fill of each claim: the state, if it may be cached in this generation; otherwise leases are released. */
  #fills(loads: readonly PendingLoad[], generation: Buffer, response: GetTokenStatesResponse | undefined): Fill[] {
    const ids = randomBytes(ID_BYTES * loads.length);
    const states = response !== undefined && generation.equals(response.generation) ? response.states : [];
    return loads.flatMap(({ tokenHash, claim }, index) => {
      if (claim === undefined) return [];
      const state = states[index];
      const id = ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
      if (state?.cacheable === true) return [{ tokenHash, claim, ...this.#entry(id, state) }];
      return isLease(claim) ? [{ tokenHash, claim, state: NO_STATE, ttlMs: 1 }] : [];
    });
  }

  #entry(id: Buffer, { response, expiresAtMs, stamps }: TokenState): { state: Buffer; ttlMs: number } {
    const now = this.#dependencies.clock.now();
    const expiresAt = Number(expiresAtMs);
    // An inactive token has 0, and an expired one stays expired: both are cached as long as a state may be.
    const ttlMs = expiresAt <= now ? STATE_TTL_MS : Math.min(STATE_TTL_MS, expiresAt - now);
    const freshUntil = now + Math.round(MIN_FRESH_MS + Math.random() * (MAX_FRESH_MS - MIN_FRESH_MS));
    return { state: encodeState(id, freshUntil, expiresAt, stamps, response), ttlMs };
  }
}

function failAll(loads: readonly PendingLoad[], error: unknown): void {
  for (const { responders } of loads) for (const responder of responders) responder.fail(error);
}

/**
 * The owner of a token in a FairQueue: the keys of its state's stamps, which are equal for all tokens of an install, also
 * after a stamp has changed.
 */
export function ownerOf(stamps: Uint8Array): string {
  const text = Buffer.from(stamps.buffer, stamps.byteOffset, stamps.length).toString('latin1');
  let keys = '';
  for (let at = 0; at < text.length; at += STAMP_BYTES) keys += text.slice(at, at + STAMP_KEY_BYTES);
  return keys;
}
