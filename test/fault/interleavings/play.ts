import type { EntryCache } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import { checkDimension, type Violation } from '../checker/checker.ts';
import { Dimension } from '../checker/history.ts';
import { Asker, replica } from './askers.ts';
import { evict, sweep } from './bystanders.ts';
import { type ChangeLine, cutEvents, cutScopes, runLine, setRole } from './change-lines.ts';
import type { Plan } from './plan.ts';
import { Schedule } from './schedule.ts';
import { EVENTS, ROLES, SCOPES, type SmallWorld } from './small-world.ts';
import type { Variant } from './variant.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly steps: readonly string[];
}

const ASKERS_PER_REPLICA = 2;

/** Lines of changes at three levels, replicas that are asked, and the sweep, all at the same time on the real code. */
export async function play(
  world: SmallWorld,
  caches: readonly EntryCache[],
  plan: Plan,
  variant: Variant,
): Promise<Outcome> {
  await world.reset();
  const schedule = new Schedule(plan.order);
  const role = new Dimension('role', ROLES[0]);
  const scopes = new Dimension('scopes', String(SCOPES.length));
  const events = new Dimension('events', String(EVENTS.length));
  const line = { world, schedule, variant, unfenced: plan.unfenced };
  const lines: ChangeLine[] = [
    { ...line, dimension: role, values: [ROLES[1], ROLES[2]], dies: plan.dies === 'role', change: setRole },
    { ...line, dimension: scopes, values: ['2', '1'], dies: plan.dies === 'scopes', change: cutScopes },
    { ...line, dimension: events, values: ['2', '1'], dies: plan.dies === 'events', change: cutEvents },
  ];
  const askers = plan.replicas.flatMap(({ reaches, renews }, index) => {
    const name = `replica ${index}`;
    const introspect = replica({ world, schedule, variant, cache: reaches ? caches[index] : undefined, renews, name });
    return Array.from(
      { length: ASKERS_PER_REPLICA },
      (_, number) => new Asker(introspect, world, schedule, name, number),
    );
  });
  const dimensions = [role, scopes, events];
  let linesRunning = lines.length;
  await schedule.run([
    ...lines.map((each) => async () => {
      await runLine(each);
      linesRunning--;
    }),
    ...askers.map((asker) => () => asker.run(dimensions, () => linesRunning > 0)),
    () => sweep(world, schedule, variant),
    () => evict(world, schedule, plan.evictions),
  ]);
  const promised = plan.evictions > 0 || plan.unfenced ? 'A' : 'A and B';
  return { violations: dimensions.flatMap((each) => checkDimension(each, promised)), steps: schedule.steps };
}
