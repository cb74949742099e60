import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';
import { entryCache } from '../support/read-path.ts';
import { explain } from './checker/explain.ts';
import type { Plan } from './interleavings/plan.ts';
import { play } from './interleavings/play.ts';
import type { Place, Stall } from './interleavings/schedule.ts';
import { SmallWorld } from './interleavings/small-world.ts';
import { BROKEN_VARIANTS, THE_PROTOCOL, type Variant } from './interleavings/variant.ts';

const LIMIT_MS = 240_000;
const RUNS = 200;
/** A broken protocol is caught within so many orders; the seed makes them the same ones each time. */
const MOST_RUNS_TO_CATCH = 2_000;
const SEED = 20_261_124;

let world: SmallWorld;
/** The connections of the replicas, which live through all runs with what they hold. */
let caches: EntryCache[];
beforeAll(async () => {
  world = await SmallWorld.create();
  caches = await Promise.all([0, 1].map(() => entryCache(world.redisOptions)));
});
afterAll(async () => {
  for (const cache of caches ?? []) cache.close();
  await world?.destroy();
}, LIMIT_MS);

const CACHED = { reaches: true, renews: false };

const stallsAt = (place: Place): fc.Arbitrary<Stall> =>
  fc.constantFrom(0, 20, 60).map((turns) => ({ ...place, turns }));

const plans = (slowAt: Variant['slowAt']): fc.Arbitrary<Plan> =>
  fc.record({
    order: fc.record({
      speeds: fc.array(fc.constantFrom(1, 4, 16), { minLength: 16, maxLength: 16 }),
      draws: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
        minLength: 200,
        maxLength: 200,
      }),
      stalls: fc.constantFrom(...slowAt).chain((places) => fc.tuple(...places.map(stallsAt))),
    }),
    evictions: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
    replicas: fc.constantFrom(
      [CACHED, CACHED],
      [CACHED, { reaches: false, renews: false }],
      [CACHED, { reaches: true, renews: true }],
    ),
    unfenced: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
    dies: fc.constantFrom('nobody', 'nobody', 'role', 'scopes', 'events'),
  });

const keepsPromises = (variant: Variant) =>
  fc.asyncProperty(plans(variant.slowAt), async (plan) => {
    const { violations, steps } = await play(world, caches, { ...plan, ...variant.amid }, variant);
    const [violation] = violations;
    if (violation) throw new Error(`${explain(violation)}\nin this order:\n  ${steps.join('\n  ')}`);
  });

test('no order of steps outruns the protocol', { timeout: LIMIT_MS }, async () => {
  await fc.assert(keepsPromises(THE_PROTOCOL), { numRuns: RUNS });
});

test.each([...BROKEN_VARIANTS])(
  'some order of steps outruns a protocol that is broken: %s',
  { timeout: LIMIT_MS },
  async (name, variant) => {
    const options = { numRuns: MOST_RUNS_TO_CATCH, seed: SEED, endOnFailure: true };
    const { failed, numRuns, errorInstance } = await fc.check(keepsPromises(variant), options);
    console.log(`caught ${name} in order ${numRuns}: ${String((errorInstance as Error)?.message).split('\n')[0]}`);
    expect(failed).toBe(true);
    expect(String(errorInstance)).toMatch(/[AB]: an answer/);
  },
);
