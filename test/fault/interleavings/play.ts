import { checkDimension, type Violation } from '../checker/checker.ts';
import { Dimension } from '../checker/history.ts';
import { Asker, replica } from './askers.ts';
import { evict, sweep } from './bystanders.ts';
import { type ChangeLine, cutScopes, runLine, setRole } from './change-lines.ts';
import { type Order, Schedule } from './schedule.ts';
import { ROLES, SCOPES, type SmallWorld } from './small-world.ts';
import type { Variant } from './variant.ts';

/** One run of the small world: the order of its steps, and what goes wrong in it. */
export interface Plan {
  readonly order: Order;
  readonly evictions: number;
  /** For each replica, whether it reaches Redis. */
  readonly reaches: readonly boolean[];
  /** Fences fail, and changes commit all the same. */
  readonly unfenced: boolean;
  /** Whose first change dies right after its commit; a sweep does the rest. */
  readonly dies: 'role' | 'scopes' | 'nobody';
}

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly steps: readonly string[];
}

const ASKERS_PER_REPLICA = 2;

/** Two lines of changes, replicas that are asked, and the sweep, all at the same time on the real code. */
export async function play(world: SmallWorld, plan: Plan, variant: Variant): Promise<Outcome> {
  await world.reset();
  const schedule = new Schedule(plan.order);
  const role = new Dimension('role', ROLES[0]);
  const scopes = new Dimension('scopes', String(SCOPES.length));
  const line = { world, schedule, variant, unfenced: plan.unfenced };
  const lines: ChangeLine[] = [
    { ...line, dimension: role, values: [ROLES[1], ROLES[2]], dies: plan.dies === 'role', change: setRole },
    { ...line, dimension: scopes, values: ['2', '1'], dies: plan.dies === 'scopes', change: cutScopes },
  ];
  const askers = plan.reaches.flatMap((reaches, index) => {
    const source = replica(world, schedule, variant, reaches, `replica ${index}`);
    const where = `replica ${index}`;
    return Array.from({ length: ASKERS_PER_REPLICA }, (_, number) => new Asker(source, world, schedule, where, number));
  });
  let linesUnderWay = lines.length;
  await schedule.run([
    ...lines.map((each) => async () => {
      await runLine(each);
      linesUnderWay--;
    }),
    ...askers.map((asker) => () => asker.run(role, scopes, () => linesUnderWay > 0)),
    () => sweep(world, schedule),
    () => evict(world, schedule, plan.evictions),
  ]);
  const promised = plan.evictions > 0 || plan.unfenced ? 'A' : 'A and B';
  return { violations: [role, scopes].flatMap((each) => checkDimension(each, promised)), steps: schedule.steps };
}
