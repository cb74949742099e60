import { forgetPendingDrops, overduePendingDrops } from '../../../services/auth-server/store/pending-drops.ts';
import { dropEntries } from '../../../services/auth-server/store/pg-authority.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import { TokenStateCache } from '../../../services/common/token-state/cache.ts';
import type { Schedule } from './schedule.ts';
import type { SmallWorld } from './small-world.ts';

const SWEEPS = 2;
const BATCH = 100;

/** What DropSweep does, at any moment: here everything is overdue at once. */
export async function sweep(world: SmallWorld, schedule: Schedule): Promise<void> {
  const cache = new TokenStateCache(world.redis, systemClock);
  for (let round = 0; round < SWEEPS; round++) {
    await schedule.beside('the sweep', 'looks');
    const drops = await schedule.does(() => overduePendingDrops(world.db, 0, BATCH));
    await schedule.beside('the sweep', `drops ${drops.length}`);
    await schedule.does(() => dropEntries(cache, drops));
    await schedule.beside('the sweep', 'forgets');
    await schedule.does(() => forgetPendingDrops(world.db, drops));
  }
}

export async function evict(world: SmallWorld, schedule: Schedule, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await schedule.beside('the entry', 'is evicted');
    await schedule.does(() => world.evict());
  }
}
