import { randomBytes } from 'node:crypto';
import { unavailable } from '#common/errors/app-error.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import type { ResponseSink } from '#common/rpc/response-sink.ts';
import { encodeLease, encodeState, ID_BYTES } from '#common/token-state/entry.ts';
import type { TokenState } from '#gen/featureos/oauth/internal/v1/token_state_pb.ts';
import type { GetTokenStatesResponse } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { answerAt } from './answer.ts';
import type { StateSource } from './auth-server.ts';
import { FairQueue } from './fair-queue.ts';
import { KnownOwners } from './known-owners.ts';
import type { EntryCache, Fill } from './redis/entry-cache.ts';

/** What one call to auth-server may ask. */
const MAX_HASHES = 500;
/** A state is answered without asking again for about a minute; what was filled together is not renewed together. */
const FRESH_MIN_MS = 50_000;
const FRESH_MAX_MS = 70_000;
/** For how long it may be answered at all, while auth-server cannot be reached. A hit never lengthens it. */
const STATE_LIFE_MS = 60 * 60_000;
/** What one install may have of the places in the queue. */
const OWNER_SHARE = 0.1;
/** In place of a lease that is given back; it goes at once. */
const NO_STATE = Buffer.alloc(0);
/** Between renewals while auth-server does not answer. */
const RENEWAL_RETRY_MS = 1_000;

export interface MissBounds {
  /** Questions to auth-server at once. */
  readonly questionsInFlight: number;
  /** Tokens that may wait for one; more are UNAVAILABLE at once, which costs less than letting them all time out. */
  readonly queueLength: number;
}

/** A token that is to be asked about. */
interface Miss {
  readonly tokenHash: Buffer;
  readonly key: string;
  /** A state that is in the cache, to be replaced; otherwise a lease is taken. */
  readonly claim: Buffer | undefined;
  readonly sinks: ResponseSink[];
  /** Of whoever waits longest, ms since 1970 by the system's clock; later answers are of no use. */
  deadline: number;
}

/** How misses went, counted since the start. */
export interface MissCounts {
  /** Questions to auth-server, and the tokens in them. */
  questions: number;
  asked: number;
}

/** What misses need. */
export interface MissParts {
  readonly cache: Pick<EntryCache, 'lease' | 'fill' | 'generation'>;
  readonly source: StateSource;
  readonly bounds: MissBounds;
  readonly clock: Clock;
}

/**
 * Asks auth-server about tokens that the cache has no answer for, many in one question, and fills the cache with what it
 * says. First questions go before renewals, and installs take turns. A request joins only a question that has not been sent:
 * one that has may already have read the state from before a change that this request must see.
 */
export class Misses {
  readonly counts: MissCounts = { questions: 0, asked: 0 };
  readonly #parts: MissParts;
  readonly #waiting = new Map<string, Miss>();
  readonly #queue: FairQueue<Miss>;
  readonly #renewals: FairQueue<Miss>;
  /** Keys of renewals that wait or are in flight. */
  readonly #renewing = new Set<string>();
  readonly #owners = new KnownOwners();
  #inFlight = 0;
  #isScheduled = false;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: MissParts) {
    this.#parts = parts;
    const maxPerOwner = Math.max(1, Math.floor(parts.bounds.queueLength * OWNER_SHARE));
    this.#queue = new FairQueue(maxPerOwner);
    this.#renewals = new FairQueue(maxPerOwner);
  }

  /** Whether the last question failed, just now. */
  get isFailing(): boolean {
    return this.#parts.clock.now() < this.#failedAt + RENEWAL_RETRY_MS;
  }

  /** `deadline` in ms since 1970. `claim`, `owner`: of a state that is there and is not an answer. */
  ask(tokenHash: Buffer, deadline: number, sink: ResponseSink, claim?: Buffer, owner?: string): void {
    const key = tokenHash.toString('latin1');
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.sinks.push(sink);
      waiting.deadline = Math.max(waiting.deadline, deadline);
      return;
    }
    const miss: Miss = { tokenHash, key, claim, sinks: [sink], deadline };
    const isFull = this.#waiting.size >= this.#parts.bounds.queueLength;
    if (isFull || !this.#queue.push(owner ?? this.#owners.of(key) ?? key, miss)) {
      sink.refuse(unavailable('too many tokens are being looked up'));
      return;
    }
    this.#waiting.set(key, miss);
    this.#askSoon();
  }

  /** Asks again about a state that is an answer, when there is room; nobody waits for it. */
  renew(tokenHash: Buffer, claim: Buffer, owner: string): void {
    const key = tokenHash.toString('latin1');
    if (this.isFailing || this.#renewing.has(key) || this.#renewals.size >= this.#parts.bounds.queueLength) return;
    const miss: Miss = { tokenHash, key, claim, sinks: [], deadline: Number.POSITIVE_INFINITY };
    if (!this.#renewals.push(owner, miss)) return;
    this.#renewing.add(key);
    this.#askSoon();
  }

  /** At the end of the turn, so that others can join. */
  #askSoon(): void {
    if (this.#isScheduled || this.#inFlight >= this.#parts.bounds.questionsInFlight) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#askNext();
    });
  }

  #askNext(): void {
    while (this.#inFlight < this.#parts.bounds.questionsInFlight) {
      const misses = this.#next();
      if (misses.length === 0) return;
      this.#inFlight++;
      void this.#askAbout(misses).finally(() => {
        this.#inFlight--;
        for (const { key, sinks } of misses) if (sinks.length === 0) this.#renewing.delete(key);
        this.#askNext();
      });
    }
  }

  /** What the next question is about; from here on nobody joins it. */
  #next(): Miss[] {
    const now = systemClock.now(); // as the deadlines of calls, which gRPC keeps
    const misses: Miss[] = [];
    while (misses.length < MAX_HASHES && this.#queue.size > 0) {
      for (const miss of this.#queue.take(MAX_HASHES - misses.length)) {
        this.#waiting.delete(miss.key);
        if (miss.deadline > now) misses.push(miss);
        else failAll([miss], unavailable('the token could not be looked up in time'));
      }
    }
    return [...misses, ...this.#renewals.take(MAX_HASHES - misses.length)];
  }

  async #askAbout(misses: readonly Miss[]): Promise<void> {
    this.counts.questions++;
    this.counts.asked += misses.length;
    const { generation } = this.#parts.cache;
    const claims = await this.#claim(misses);
    let response: GetTokenStatesResponse | undefined;
    try {
      response = await this.#parts.source.getTokenStates(misses.map(({ tokenHash }) => tokenHash));
      this.#failedAt = Number.NEGATIVE_INFINITY;
      this.#answer(misses, response);
    } catch (error) {
      this.#failedAt = this.#parts.clock.now();
      failAll(misses, error);
    }
    if (generation !== undefined) this.#parts.cache.fill(this.#fills(misses, claims, generation, response), generation);
  }

  /** The claim of each entry; undefined where somebody else is filling it, a change fences it, or Redis cannot be reached. */
  async #claim(misses: readonly Miss[]): Promise<(Buffer | undefined)[]> {
    const lease = encodeLease(randomBytes(ID_BYTES));
    const missing = misses.filter(({ claim }) => claim === undefined).map(({ tokenHash }) => tokenHash);
    const taken = await this.#parts.cache.lease(missing, lease).catch((): boolean[] => []);
    let at = 0;
    return misses.map(({ claim }) => claim ?? (taken[at++] === true ? lease : undefined));
  }

  #answer(misses: readonly Miss[], { states }: GetTokenStatesResponse): void {
    const now = this.#parts.clock.now();
    for (const [index, { key, sinks }] of misses.entries()) {
      const { answer, expiresAtMs, stamps } = states[index] as TokenState;
      this.#owners.note(key, stamps);
      for (const sink of sinks) sink.respond(answerAt(now, answer, Number(expiresAtMs)));
    }
  }

  /** What is put in place of each claim: its state, if it may be cached in this generation; a lease is given back otherwise. */
  #fills(
    misses: readonly Miss[],
    claims: readonly (Buffer | undefined)[],
    generation: Buffer,
    response: GetTokenStatesResponse | undefined,
  ): Fill[] {
    const ids = randomBytes(ID_BYTES * misses.length);
    const states = response !== undefined && generation.equals(response.generation) ? response.states : [];
    return misses.flatMap(({ tokenHash, claim: old }, index) => {
      const claim = claims[index];
      if (claim === undefined) return [];
      const state = states[index];
      const id = ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
      if (state?.cacheable === true) return [{ tokenHash, claim, ...this.#entry(id, state) }];
      return old === undefined ? [{ tokenHash, claim, state: NO_STATE, lifeMs: 1 }] : [];
    });
  }

  #entry(id: Buffer, { answer, expiresAtMs, stamps }: TokenState): { state: Buffer; lifeMs: number } {
    const now = this.#parts.clock.now();
    const expiresAt = Number(expiresAtMs);
    // What has expired stays so: it is cached like any other inactive answer.
    const lifeMs = expiresAt <= now ? STATE_LIFE_MS : Math.min(STATE_LIFE_MS, expiresAt - now);
    const freshUntil = now + Math.round(FRESH_MIN_MS + Math.random() * (FRESH_MAX_MS - FRESH_MIN_MS));
    return { state: encodeState(id, freshUntil, expiresAt, stamps, answer), lifeMs };
  }
}

function failAll(misses: readonly Miss[], error: unknown): void {
  for (const { sinks } of misses) for (const sink of sinks) sink.refuse(error);
}
