import type { EntryCache } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import { checkDimension } from '../checker/checker.ts';
import { Dimension } from '../checker/history.ts';
import { runChanges, setEvents, setRole, setScopes, sweep } from './changes.ts';
import { EVENTS, type OneToken, ROLES, SCOPES } from './one-token.ts';
import { read, replica } from './readers.ts';
import { Schedule } from './schedule.ts';
import type { Plan, Variant } from './variants.ts';

const READERS_PER_REPLICA = 2;

/**
 * Interleaves readers, the sweep, evictions, and changes of the user, the app and the install, step by step in the order of
 * the plan.
 */
export async function run(token: OneToken, caches: readonly EntryCache[], plan: Plan, variant: Variant) {
  await token.reset();
  const schedule = new Schedule(plan.order);
  const context = { token, schedule, plan, variant };
  const role = new Dimension('role', ROLES[0]);
  const scopes = new Dimension('scopes', String(SCOPES.length));
  const events = new Dimension('events', String(EVENTS.length));
  const dimensions = [role, scopes, events];
  let changesInProgress = dimensions.length;
  const changes = [
    () => runChanges(context, role, [ROLES[1], ROLES[2]], setRole),
    () => runChanges(context, scopes, ['2', '1'], setScopes),
    () => runChanges(context, events, ['2', '1'], setEvents(context.token)),
  ].map((change) => () => change().then(() => void changesInProgress--));
  const readers = plan.replicas.flatMap(({ reachesRedis, renews }, index) => {
    const where = `replica ${index}`;
    const introspect = replica(context, where, reachesRedis ? caches[index] : undefined, renews);
    return Array.from({ length: READERS_PER_REPLICA }, (_, number) => () => {
      const reader = { where, name: `reader ${number} of ${where}`, introspect };
      return read(context, reader, dimensions, () => changesInProgress > 0);
    });
  });
  const evict = async () => {
    for (let count = 0; count < plan.evictions; count++) {
      await schedule.point('an entry or a stamp', 'is evicted');
      await schedule.run(() => token.evict(count));
    }
  };
  await schedule.runAll([...changes, ...readers, () => sweep(context), evict]);
  const promised = plan.evictions > 0 || plan.unfenced ? 'A' : 'A and B';
  return { violations: dimensions.flatMap((each) => checkDimension(each, promised)), steps: schedule.steps };
}
