import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryCache } from '../../services/introspection/read-path/redis/entry-cache.ts';
import { entryCache } from '../support/read-path.ts';
import { explain } from './checker/checker.ts';
import { createOneToken, type OneToken } from './interleavings/one-token.ts';
import { run } from './interleavings/run.ts';
import type { Place, Stall } from './interleavings/schedule.ts';
import { BROKEN, CORRECT, type Plan, type Variant } from './interleavings/variants.ts';

const LIMIT_MS = 600_000;
const RUNS = 200;
/** Enough orders to catch each broken variant. They are always the same because of the seed. */
const MAX_RUNS_TO_CATCH = 2_000;
const SEED = 20_261_124;

let token: OneToken;
/** The connections of the replicas, which all runs share. */
let caches: EntryCache[];
beforeAll(async () => {
  token = await createOneToken();
  caches = await Promise.all([0, 1].map(() => entryCache(token.redisOptions)));
});
afterAll(async () => {
  for (const cache of caches ?? []) cache.close();
  await token?.destroy();
}, LIMIT_MS);

const CACHED = { reachesRedis: true, renews: false };

const stallsAt = (place: Place): fc.Arbitrary<Stall> =>
  fc.constantFrom(0, 20, 60).map((steps) => ({ ...place, steps }));

const plans = (stalls: Variant['stalls']): fc.Arbitrary<Plan> =>
  fc.record({
    order: fc.record({
      speeds: fc.array(fc.constantFrom(1, 4, 16), { minLength: 16, maxLength: 16 }),
      draws: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
        minLength: 200,
        maxLength: 200,
      }),
      stalls: fc.constantFrom(...stalls).chain((places) => fc.tuple(...places.map(stallsAt))),
    }),
    evictions: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
    replicas: fc.constantFrom(
      [CACHED, CACHED],
      [CACHED, { reachesRedis: false, renews: false }],
      [CACHED, { reachesRedis: true, renews: true }],
    ),
    unfenced: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
    crashed: fc.constantFrom('none', 'none', 'role', 'scopes', 'events'),
  });

const atStep = (time: number) => `step ${time}`;

const keepsGuarantees = (variant: Variant) =>
  fc.asyncProperty(plans(variant.stalls), async (plan) => {
    const { violations, steps } = await run(token, caches, { ...plan, ...variant.plan }, variant);
    const [violation] = violations;
    if (violation) throw new Error(`${explain(violation, atStep)}\nin this order:\n  ${steps.join('\n  ')}`);
  });

test('keeps its guarantees in random orders of steps', { timeout: LIMIT_MS }, async () => {
  await fc.assert(keepsGuarantees(CORRECT), { numRuns: RUNS });
});

test.each(Object.entries(BROKEN))(
  'finds an order in which a broken variant fails: %s',
  { timeout: LIMIT_MS },
  async (name, variant) => {
    const options = { numRuns: MAX_RUNS_TO_CATCH, seed: SEED, endOnFailure: true };
    const { failed, numRuns, errorInstance } = await fc.check(keepsGuarantees(variant), options);
    expect(failed).toBe(true);
    console.log(`caught ${name} in order ${numRuns}: ${String((errorInstance as Error)?.message).split('\n')[0]}`);
    expect(String(errorInstance)).toMatch(/[AB]: a response/);
  },
);
