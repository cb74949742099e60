import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { atMost, type Goal } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { type ExtraReplica, startExtraReplica } from '../system/extra-replica.ts';

const SETTING = 'INTROSPECTION_WORKERS';
const SHAPE = nameOf(TEN_CONNECTIONS);

/**
 * The cost of a request for a replica with two workers, compared with one. CPU time is compared on the server's core, because on all
 * cores of a small machine workers compete with Redis and the load.
 */
export async function workers(bench: Bench): Promise<void> {
  const { cache, cores } = bench;
  await using one = await startExtraReplica(bench, 'introspection-1-worker', { [SETTING]: '1' });
  await using two = await startExtraReplica(bench, 'introspection-2-workers', { [SETTING]: '2' });
  const contender = (name: string, { server }: ExtraReplica) => ({
    name,
    run: async () => {
      await cache.ensureCached();
      return measureLoad(bench, server, TEN_CONNECTIONS);
    },
  });
  const compared = async () => {
    const measured = await interleave(bench, [contender('1 worker', one), contender('2 workers', two)]);
    return { one: measured.get('1 worker') as LoadSample, two: measured.get('2 workers') as LoadSample };
  };
  await cores.toServerCore([one.pid, two.pid]);
  const onOneCore = await compared();
  await cores.toAllCores([one.pid, two.pid]);
  const onAllCores = await compared();
  const cpu = (where: string, { one, two }: typeof onOneCore, goals: readonly Goal[] = []): Figure => ({
    name: `CPU with 2 workers on ${where}, fast port, ${SHAPE}`,
    value: two.cpuMicros,
    unit: 'µs/request',
    baseline: { name: '1 worker', value: one.cpuMicros },
    goals,
  });
  bench.report(cpu('one core', onOneCore, [atMost(1.1, 'ratio')]), cpu('all cores, shared with the load', onAllCores), {
    name: `2 workers on all cores, shared with the load, fast port, ${SHAPE}`,
    value: onAllCores.two.perSecond,
    unit: 'requests/s',
    baseline: { name: '1 worker', value: onAllCores.one.perSecond },
  });
}
