import { initialWorld } from './initial-world.ts';
import { stepsOf } from './steps.ts';
import type { Variant } from './variant.ts';
import type { World } from './world.ts';
import { keyOf } from './world-key.ts';

export interface Exploration {
  readonly states: number;
  /** False if MAX_STATES was reached first. True with a violation, although other states are not explored then. */
  readonly complete: boolean;
  /** The shortest order of steps that breaks a guarantee; undefined if none was found. */
  readonly violation: { readonly guarantee: 'A' | 'B'; readonly steps: readonly string[] } | undefined;
}

const MAX_STATES = 12_000_000;

/** Explores every order of steps of a variant. */
export const explore = (variant: Variant): Exploration =>
  exploreFrom<World>(initialWorld(variant), (world) => stepsOf(world, variant), keyOf);

/** Explores every order of steps, breadth first, so that the first violation is a shortest one. */
export function exploreFrom<W extends { readonly violated: 'A' | 'B' | undefined }>(
  first: W,
  steps: (world: W) => Iterable<readonly [name: string, after: W]>,
  key: (world: W) => string,
): Exploration {
  const known = new Map<string, number>([[key(first), 0]]);
  const cameFrom: { readonly from: number; readonly step: string }[] = [{ from: -1, step: '' }];
  let level: (readonly [number: number, world: W])[] = [[0, first]];
  while (level.length > 0 && known.size < MAX_STATES) {
    const next: (readonly [number, W])[] = [];
    for (const [from, world] of level) {
      for (const [step, after] of steps(world)) {
        const text = key(after);
        if (known.has(text)) continue;
        const number = cameFrom.push({ from, step }) - 1;
        known.set(text, number);
        if (after.violated) {
          const path = pathTo(number, cameFrom);
          return { states: known.size, complete: true, violation: { guarantee: after.violated, steps: path } };
        }
        next.push([number, after]);
      }
    }
    level = next;
  }
  return { states: known.size, complete: level.length === 0, violation: undefined };
}

function pathTo(number: number, cameFrom: readonly { readonly from: number; readonly step: string }[]): string[] {
  const steps: string[] = [];
  for (let at = cameFrom[number]; at && at.from !== -1; at = cameFrom[at.from]) steps.unshift(at.step);
  return steps;
}
