import { unavailable } from '../../../services/common/errors/app-error.ts';
import { type Clock, systemClock } from '../../../services/common/process/clock.ts';
import { TokenStateCache } from '../../../services/common/token-state/cache.ts';
import type { StateSource } from '../../../services/introspection/read-path/auth-server.ts';
import type { EntryCache } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import type { EntryHandler } from '../../../services/introspection/read-path/redis/read-batch.ts';
import { type Entries, readPathOver, statesResponse } from '../../support/read-path.ts';
import type { Dimension } from '../checker/history.ts';
import type { Schedule } from './schedule.ts';
import type { SmallWorld } from './small-world.ts';
import type { Variant } from './variant.ts';

const MAX_QUESTIONS = 12;
/** Past the freshness of any state, and not yet so far that a newer one is waited for. */
const STALE_MS = 75_000;

/** One Introspect, as text. */
export type Introspect = (tokenHash: Buffer) => Promise<string>;

export interface ReplicaOptions {
  readonly world: SmallWorld;
  readonly schedule: Schedule;
  readonly variant: Variant;
  /** Undefined: it cannot reach Redis. */
  readonly cache: EntryCache | undefined;
  /** Its clock is ahead, so that it finds every state past its freshness and renews it. */
  readonly renews: boolean;
  readonly name: string;
}

/** A replica: the real read path over the real cache, parking between its steps. */
export function replica({ world, schedule, variant, cache, renews, name }: ReplicaOptions): Introspect {
  const entries = cache === undefined ? UNREACHABLE : scheduled(variant.entries(cache, world), schedule, name);
  const clock: Clock = renews ? { now: () => systemClock.now() + STALE_MS } : systemClock;
  return readPathOver(entries, variant.source(source(world, schedule, variant, name)), clock).introspect;
}

const UNREACHABLE: Entries = {
  generation: undefined,
  read: (_hash, handler) => handler.onUnreachable(),
  lease: () => Promise.reject(unavailable('no Redis')),
  fill: () => {},
};

/** What auth-server does with a question: Postgres, stamps, Postgres again if the version of the stamps is another one. */
function source(world: SmallWorld, schedule: Schedule, variant: Variant, name: string): StateSource {
  const cache = new TokenStateCache(world.redis);
  const ask = async () => {
    await schedule.beside(name, 'asks Postgres');
    const text = await schedule.does(() => world.read());
    await schedule.beside(name, `hears ${text} from Postgres`);
    return text;
  };
  return {
    async getTokenStates() {
      const { version } = cache;
      const text = await ask();
      await schedule.beside(name, 'reads the stamps');
      const read = await schedule.does(() => cache.readStamps(world.stamps));
      const isCurrent = variant.readsStampsLate || read.isStill(version);
      return statesResponse(read, world.stamps, [isCurrent ? text : await ask()]);
    },
  };
}

function scheduled(cache: Entries, schedule: Schedule, name: string): Entries {
  /** Parks between what Redis has said and what is made of it. */
  const parking = (handler: EntryHandler): EntryHandler => {
    const found = (what: string, goOn: () => void) => void schedule.beside(name, `finds ${what}`).then(goOn);
    return {
      onState: (bytes, start, end) => found('a state', () => handler.onState(bytes, start, end)),
      onMissing: (bytes, start) => found('no answer', () => handler.onMissing(bytes, start)),
      onUnreachable: () => found('no Redis', () => handler.onUnreachable()),
    };
  };
  return {
    get generation() {
      return cache.generation;
    },
    read(tokenHash, handler) {
      void schedule.does(
        () =>
          new Promise<void>((resolve) => {
            const parked = parking(handler);
            cache.read(tokenHash, {
              onState: (bytes, start, end) => resolve(parked.onState(bytes, start, end)),
              onMissing: (bytes, start) => resolve(parked.onMissing(bytes, start)),
              onUnreachable: () => resolve(parked.onUnreachable()),
            });
          }),
      );
    },
    async lease(tokenHashes, claim) {
      await schedule.beside(name, 'takes leases');
      return schedule.does(() => cache.lease(tokenHashes, claim));
    },
    fill(fills, generation) {
      void schedule.beside(name, 'fills').then(() => cache.fill(fills, generation));
    },
  };
}

/** Asks a replica again and again. */
export class Asker {
  readonly #introspect: Introspect;
  readonly #world: SmallWorld;
  readonly #schedule: Schedule;
  readonly #where: string;
  readonly #name: string;

  constructor(introspect: Introspect, world: SmallWorld, schedule: Schedule, where: string, number: number) {
    this.#introspect = introspect;
    this.#world = world;
    this.#schedule = schedule;
    this.#where = where;
    this.#name = `asker ${number} of ${where}`;
  }

  /** Once more after nothing changes any more. `dimensions` in the order of the answer's words. */
  async run(dimensions: readonly Dimension[], goesOn: () => boolean): Promise<void> {
    let isLast = false;
    for (let question = 0; question < MAX_QUESTIONS && !isLast; question++) {
      isLast = !goesOn();
      await this.#schedule.beside(this.#name, 'asks');
      const startedAt = this.#schedule.now;
      const words = (await this.#introspect(this.#world.tokenHash)).split(' ');
      const asked = { startedAt, endedAt: this.#schedule.now, where: this.#where };
      for (const [index, dimension] of dimensions.entries()) {
        const saw = words[index] ?? '';
        dimension.observations.push({ ...asked, saw, accepts: (value) => value === saw });
      }
    }
  }
}
