import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { atLeast, atMost, type Goal } from '../goals.ts';
import { onAllCores } from '../measure/all-cores.ts';
import { interleave } from '../measure/interleave.ts';
import { LiveTokens } from '../system/live-tokens.ts';
import { measureMisses } from '../system/misses.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';

const APPS = 100;
/** Rounds that are not measured, because V8 compiles the code during the first 60,000 tokens or so. */
const WARM_UP_ROUNDS = 3;

/** The first introspection of each token, many in flight. */
export async function misses(bench: Bench): Promise<void> {
  const { system, settings, folder } = bench;
  const needed = (settings.rounds + WARM_UP_ROUNDS) * settings.misses;
  const tenancy = new Tenancy(APPS, Math.ceil(needed / APPS), ID_BASES.misses);
  const tokens = await LiveTokens.load(system.database, tenancy, system.format, join(folder, 'misses.tokens'));
  let first = 0;
  const run = () => {
    const part = join(folder, 'miss.tokens');
    tokens.writePart(first, first + settings.misses, part);
    first += settings.misses;
    return measureMisses(bench, part);
  };
  const measured = await onAllCores(bench, async () => {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await run();
    return interleave(bench, { misses: run });
  });
  const { perSecond, introspection, authServer, postgres, redis, load } = measured.misses;
  const cpu = (of: string, value: number, ...goals: Goal[]): Figure => {
    return { name: `CPU of ${of} for a miss`, value, unit: 'µs', goals };
  };
  bench.report(
    { name: 'first misses', value: perSecond, unit: 'tokens/s', goals: [atLeast(15_000)] },
    cpu('auth-server', authServer, atMost(50)),
    cpu('introspection', introspection, atMost(25)),
    cpu('Postgres', postgres),
    cpu('Redis', redis),
    cpu('the load generator', load),
  );
}
