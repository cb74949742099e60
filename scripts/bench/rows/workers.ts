import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { atMost, type Goal } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { startExtraReplica } from '../system/extra-replica.ts';

const SETTING = 'INTROSPECTION_WORKERS';
const SHAPE = nameOf(TEN_CONNECTIONS);

/**
 * The cost of a request for a replica with two workers, compared with one. The goal is for the server's core, because on all
 * cores of a small machine workers compete with Redis and the load.
 */
export async function workers(bench: Bench): Promise<void> {
  const { cores } = bench;
  await using one = await startExtraReplica(bench, 'introspection-1-worker', { [SETTING]: '1' });
  await using two = await startExtraReplica(bench, 'introspection-2-workers', { [SETTING]: '2' });
  const compared = () =>
    interleave(bench, {
      '1 worker': () => measureHits(bench, one.server),
      '2 workers': () => measureHits(bench, two.server),
    });
  await cores.toServerCore([one.pid, two.pid]);
  const onOneCore = await compared();
  await cores.toAllCores([one.pid, two.pid]);
  const onAllCores = await compared();
  const cpu = (where: string, measured: typeof onOneCore, goals: readonly Goal[] = []): Figure => ({
    name: `CPU with 2 workers on ${where}, fast port, ${SHAPE}`,
    value: measured['2 workers'].cpuMicros,
    unit: 'µs/request',
    baseline: { name: '1 worker', value: measured['1 worker'].cpuMicros },
    goals,
  });
  bench.report(cpu('one core', onOneCore, [atMost(1.1, 'ratio')]), cpu('all cores, shared with the load', onAllCores), {
    name: `2 workers on all cores, shared with the load, fast port, ${SHAPE}`,
    value: onAllCores['2 workers'].perSecond,
    unit: 'requests/s',
    baseline: { name: '1 worker', value: onAllCores['1 worker'].perSecond },
  });
}
