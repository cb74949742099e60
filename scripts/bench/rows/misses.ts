import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { atLeast, atMost } from '../goals.ts';
import { onAllCores } from '../measure/all-cores.ts';
import { interleave } from '../measure/interleave.ts';
import { LiveTokens } from '../system/live-tokens.ts';
import { type MissSample, measureMisses } from '../system/misses.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';

const APPS = 100;

/** The first introspection of each token, many in flight. */
export async function misses(bench: Bench): Promise<void> {
  const { system, settings, folder } = bench;
  // One more run, for the warm-up.
  const needed = (settings.rounds + 1) * settings.misses;
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
    await run();
    return interleave(bench, [{ name: 'misses', run }]);
  });
  const { perSecond, authServerCpuMicros, introspectionCpuMicros } = measured.get('misses') as MissSample;
  bench.report(
    { name: 'first misses', value: perSecond, unit: 'tokens/s', goals: [atLeast(15_000)] },
    { name: 'CPU of auth-server for a miss', value: authServerCpuMicros, unit: 'µs', goals: [atMost(50)] },
    { name: 'CPU of introspection for a miss', value: introspectionCpuMicros, unit: 'µs', goals: [atMost(25)] },
  );
}
