import { TokenStateCache } from '../../../services/auth-server/token-state/cache.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import type { StateSource } from '../../../services/introspection/read-path/auth-server.ts';
import type { EntryCache, EntryRead } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import { type Entries, readPathOver, statesResponse } from '../../support/read-path.ts';
import type { Dimension } from '../checker/history.ts';
import type { Schedule } from './schedule.ts';
import type { Context } from './variants.ts';

const MAX_READS = 12;
/** A state is no longer fresh after this time, but a reader does not wait for a newer one yet. */
const STALE_MS = 75_000;

/**
 * The read path of a replica, which waits at a point between its steps. Without a cache it cannot reach Redis. If it
 * renews, its clock is ahead, so that the states that another replica has filled are stale for it.
 */
export function replica(context: Context, name: string, cache: EntryCache | undefined, renews: boolean) {
  const { variant, token, schedule } = context;
  const entries = cache === undefined ? UNREACHABLE : scheduled(variant.entries(cache, token), schedule, name);
  const clock = renews ? { now: () => systemClock.now() + STALE_MS } : systemClock;
  return readPathOver(entries, variant.source(source(context, name)), clock).introspect;
}

/**
 * Introspects the token repeatedly until all changes have ended, and then once more, but at most MAX_READS times.
 * `dimensions`: in the order of the state's words.
 */
export async function read(
  { token, schedule }: Context,
  { where, name, introspect }: { where: string; name: string; introspect: ReturnType<typeof replica> },
  dimensions: readonly Dimension[],
  isChanging: () => boolean,
): Promise<void> {
  let isLast = false;
  for (let count = 0; count < MAX_READS && !isLast; count++) {
    isLast = !isChanging();
    await schedule.point(name, 'introspects');
    const startedAt = schedule.now;
    const words = (await introspect(token.hash)).split(' ');
    const request = { startedAt, endedAt: schedule.now, where };
    for (const [index, dimension] of dimensions.entries()) dimension.observe(request, words[index] ?? '');
  }
}

const UNREACHABLE: Entries = {
  generation: undefined,
  read: (read) => read.onUnreachable(),
  lease: async () => [],
  fill: () => {},
};

/** Reads like auth-server: Postgres, the stamps, and Postgres again if the version of the stamps has changed. */
function source({ token, schedule, variant }: Context, name: string): StateSource {
  const cache = new TokenStateCache(token.redis);
  const query = async () => {
    await schedule.point(name, 'queries Postgres');
    const state = await schedule.run(() => token.read());
    await schedule.point(name, `receives ${state} from Postgres`);
    return state;
  };
  return {
    async getTokenStates() {
      const { version } = cache;
      const state = await query();
      await schedule.point(name, 'reads the stamps');
      const read = await schedule.run(() => cache.readStamps(token.stamps));
      const isCurrent = variant.ignoresStampsVersion || read.hasVersion(version);
      return statesResponse(read, token.stamps, [isCurrent ? state : await query()]);
    },
  };
}

function scheduled(cache: Entries, schedule: Schedule, name: string): Entries {
  return {
    get generation() {
      return cache.generation;
    },
    read(read) {
      const { promise: replied, resolve } = Promise.withResolvers<void>();
      /** Waits between the reply of Redis and its use. */
      const onReply = (what: string, use: () => void) => {
        void schedule.point(name, `finds ${what}`).then(use);
        resolve();
      };
      const waiting: EntryRead = {
        tokenHash: read.tokenHash,
        onState: (state) => onReply('a state', () => read.onState(state)),
        onMissing: (invalid) => onReply('no valid state', () => read.onMissing(invalid)),
        onUnreachable: () => onReply('no Redis', () => read.onUnreachable()),
      };
      void schedule.run(() => {
        cache.read(waiting);
        return replied;
      });
    },
    async lease(tokenHashes, claim) {
      await schedule.point(name, 'takes leases');
      return schedule.run(() => cache.lease(tokenHashes, claim));
    },
    fill(fills, generation) {
      void schedule.point(name, 'fills').then(() => cache.fill(fills, generation));
    },
  };
}
