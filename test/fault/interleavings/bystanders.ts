import {
  deleteInvalidations,
  overdueInvalidations,
} from '../../../services/auth-server/store/pending-invalidations.ts';
import { dropInvalidations } from '../../../services/auth-server/store/pg-authority.ts';
import { TokenStateCache } from '../../../services/common/token-state/cache.ts';
import type { Schedule } from './schedule.ts';
import type { SmallWorld } from './small-world.ts';
import type { Variant } from './variant.ts';

const SWEEPS = 2;
const BATCH = 100;

/** What InvalidationSweep does, at any moment: here everything is overdue at once. */
export async function sweep(world: SmallWorld, schedule: Schedule, variant: Variant): Promise<void> {
  const cache = variant.fence(new TokenStateCache(world.redis), world, schedule);
  for (let round = 0; round < SWEEPS; round++) {
    await schedule.beside('the sweep', 'looks');
    const overdue = await schedule.does(() => overdueInvalidations(world.db, 0, BATCH));
    await schedule.beside('the sweep', `drops ${overdue.length}`);
    await schedule.does(() => dropInvalidations(cache, overdue));
    await schedule.beside('the sweep', 'deletes');
    await schedule.does(() => deleteInvalidations(world.db, overdue));
  }
}

export async function evict(world: SmallWorld, schedule: Schedule, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await schedule.beside('an entry or a stamp', 'is evicted');
    await schedule.does(() => world.evict(time));
  }
}
