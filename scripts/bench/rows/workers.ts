import { readConfig } from '../../../services/introspection/config.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { type ExtraReplica, startExtraReplica } from '../system/extra-replica.ts';

const SETTING = 'INTROSPECTION_WORKERS';

/** What a request costs a replica with two workers, beside one: workers that got into each other's way would show here. */
export async function workers(bench: Bench): Promise<Figure[]> {
  const { system, cores, progress } = bench;
  if (!isKnown(SETTING)) {
    progress(`  left out: introspection does not read ${SETTING}`);
    return [];
  }
  await using one = await startExtraReplica(bench, 'introspection-1-worker', { [SETTING]: '1' });
  await using two = await startExtraReplica(bench, 'introspection-2-workers', { [SETTING]: '2' });
  await cores.toAllCores([one.pid, two.pid]);
  const contender = (name: string, { served }: ExtraReplica) => ({
    name,
    run: async () => {
      await system.keepCached();
      return measureLoad(bench, served, TEN_CONNECTIONS);
    },
  });
  const measured = await interleave(bench, [contender('1 worker', one), contender('2 workers', two)]);
  const alone = measured.get('1 worker') as LoadSample;
  const both = measured.get('2 workers') as LoadSample;
  const shape = nameOf(TEN_CONNECTIONS);
  return [
    {
      name: `CPU with 2 workers, lane, ${shape}`,
      value: both.cpuMicros,
      unit: 'µs/request',
      baseline: { name: '1 worker', value: alone.cpuMicros },
      goal: '≤ 1.1',
    },
    {
      name: `2 workers, lane, ${shape} (all cores, load among them)`,
      value: both.perSecond,
      unit: 'requests/s',
      baseline: { name: '1 worker', value: alone.perSecond },
    },
  ];
}

/** Whether introspection knows a setting: then it says so of a value that cannot be right. */
function isKnown(setting: string): boolean {
  try {
    readConfig({ [setting]: 'no such value' });
  } catch (error) {
    return (error as Error).message.includes(setting);
  }
  return false;
}
