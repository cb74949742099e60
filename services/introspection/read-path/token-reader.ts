import type { ActiveSpan } from '#common/observe/active-span.ts';
import { Operation } from '#common/observe/operation.ts';
import type { Clock } from '#common/process/clock.ts';
import type { Responder } from '#common/rpc/responder.ts';
import { claimOf, expiresAtOf, freshUntilOf, responseOf, stampsOf } from '#common/token-state/entry.ts';
import type { EntryCache, EntryRead } from './redis/entry-cache.ts';
import { responseAt } from './response.ts';
import { type OldState, ownerOf, type ReadOptions, type StateLoader } from './state-loader.ts';

/** A state that has been stale longer than this is served only if auth-server is failing, or no newer one is loaded in time. */
const MAX_STALE_MS = 60_000;
/** How long a read of such a state waits for the newer one. */
const RENEWAL_TIMEOUT_MS = 250;

/** Results of reads, counted since the start. */
export interface ReadCounts {
  /** Served from a fresh state. */
  fresh: number;
  /** A stale state was found. A newer one is loaded, unless auth-server is failing or the queue is full. */
  stale: number;
  /** No valid state (no entry, a changed stamp, a fence, or another reader's lease): loaded from auth-server. */
  missed: number;
  /** Redis is unreachable: loaded from auth-server. */
  unreachable: number;
}

export interface TokenReaderDependencies {
  readonly cache: Pick<EntryCache, 'read'>;
  readonly loader: Pick<StateLoader, 'load' | 'renew' | 'isFailing'>;
  readonly clock: Clock;
}

type ReadDependencies = TokenReaderDependencies & { readonly counts: ReadCounts };

/** Serves each token from a valid state in Redis, or loads its state from auth-server. A cache hit uses no promise. */
export class TokenReader {
  readonly counts: ReadCounts = { fresh: 0, stale: 0, missed: 0, unreachable: 0 };
  readonly #dependencies: ReadDependencies;

  constructor(dependencies: TokenReaderDependencies) {
    this.#dependencies = { ...dependencies, counts: this.counts };
  }

  read(tokenHash: Buffer, options: ReadOptions, responder: Responder): void {
    this.#dependencies.cache.read(new TokenRead(this.#dependencies, tokenHash, options, responder));
  }
}

const REDIS_MGET = new Operation('redis MGET', { 'db.system.name': 'redis' });

/** One read, and its span in a sampled trace. */
class TokenRead implements EntryRead {
  readonly tokenHash: Buffer;
  readonly #dependencies: ReadDependencies;
  readonly #options: ReadOptions;
  readonly #responder: Responder;
  readonly #span: ActiveSpan | undefined;

  constructor(dependencies: ReadDependencies, tokenHash: Buffer, options: ReadOptions, responder: Responder) {
    this.#dependencies = dependencies;
    this.tokenHash = tokenHash;
    this.#options = options;
    this.#span = options.span?.child();
    this.#responder = responder;
  }

  onState(state: Buffer): void {
    this.#span?.end(REDIS_MGET);
    const { clock, counts, loader } = this.#dependencies;
    const freshUntil = freshUntilOf(state);
    const now = clock.now();
    const [response, expiresAt] = [responseOf(state), expiresAtOf(state)];
    if (now < freshUntil) {
      counts.fresh++;
      this.#responder.respond(responseAt(now, response, expiresAt));
      return;
    }
    counts.stale++;
    const old = oldState(state);
    if (now < freshUntil + MAX_STALE_MS || loader.isFailing) {
      this.#responder.respond(responseAt(now, response, expiresAt));
      loader.renew(this.tokenHash, old);
    } else {
      const responder = withFallback(this.#responder, () => responseAt(clock.now(), response, expiresAt));
      this.#load(responder, old);
    }
  }

  onMissing(invalid?: Buffer): void {
    this.#span?.end(REDIS_MGET);
    this.#dependencies.counts.missed++;
    this.#load(this.#responder, invalid && oldState(invalid));
  }

  onUnreachable(): void {
    this.#span?.end(REDIS_MGET);
    this.#dependencies.counts.unreachable++;
    this.#load(this.#responder);
  }

  #load(responder: Responder, old?: OldState): void {
    this.#dependencies.loader.load(this.tokenHash, this.#options, responder, old);
  }
}

/** Copies, because a view would keep the whole read buffer in memory. */
const oldState = (state: Buffer): OldState => ({
  claim: Buffer.from(claimOf(state)),
  owner: ownerOf(stampsOf(state)),
});

/** Responds with the loaded state if it arrives in time, otherwise with `fallback`: the stale state is still valid. */
function withFallback(responder: Responder, fallback: () => Uint8Array): Responder {
  let isDone = false;
  const respond = (response: Uint8Array) => {
    clearTimeout(timer);
    if (!isDone) responder.respond(response);
    isDone = true;
  };
  const fail = () => respond(fallback());
  const timer = setTimeout(fail, RENEWAL_TIMEOUT_MS);
  return { respond, fail };
}
