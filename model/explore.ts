import { type Step, stepsOf } from './steps.ts';
import { firstWorld, keyOf, type Variant, type World } from './world.ts';

export interface Size {
  readonly changes: number;
  readonly replicas: number;
  /** Introspects that each replica answers. */
  readonly introspects: number;
}

export interface Exploration {
  readonly states: number;
  /** False where the bound on states ended it. */
  readonly complete: boolean;
  /** The shortest order that breaks a promise; undefined if none does. */
  readonly violation: { readonly guarantee: 'A' | 'B'; readonly steps: readonly string[] } | undefined;
}

const MOST_STATES = 12_000_000;

/** Every order of steps, breadth first, so that the first violation found is a shortest one. */
export function explore(variant: Variant, { changes, replicas, introspects }: Size): Exploration {
  const first = firstWorld(changes, replicas);
  const cameFrom = new Map<string, readonly [from: string, step: string] | undefined>([[keyOf(first), undefined]]);
  let level: World[] = [first];
  while (level.length > 0 && cameFrom.size < MOST_STATES) {
    const next: World[] = [];
    for (const world of level) {
      const from = keyOf(world);
      for (const [name, after] of stepsOf(world, variant, introspects) as Iterable<Step>) {
        const key = keyOf(after);
        if (cameFrom.has(key)) continue;
        cameFrom.set(key, [from, name]);
        if (after.violated) {
          const steps = pathTo(key, cameFrom);
          return { states: cameFrom.size, complete: true, violation: { guarantee: after.violated, steps } };
        }
        next.push(after);
      }
    }
    level = next;
  }
  return { states: cameFrom.size, complete: level.length === 0, violation: undefined };
}

function pathTo(key: string, cameFrom: ReadonlyMap<string, readonly [string, string] | undefined>): string[] {
  const steps: string[] = [];
  for (let step = cameFrom.get(key); step; step = cameFrom.get(step[0])) steps.unshift(step[1]);
  return steps;
}
