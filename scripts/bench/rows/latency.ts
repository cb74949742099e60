import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, type Served, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { startBaselines } from '../servers/baselines.ts';
import { laneOf } from '../system/own-servers.ts';

const LANE = 'lane, Redis read';
const BASELINE = 'grpc-js, constant';
/** So much of what the lane can do; a server runs at full load only by mistake. */
const SHARE = 0.5;

/**
 * How long one in a hundred requests takes at half of the lane's full load, and what a grpc-js server that does nothing
 * makes of the same rate. Where that is more than it can do, its requests pile up, and the figure says so.
 */
export async function latency(bench: Bench): Promise<Figure[]> {
  const { system } = bench;
  await using baselines = await startBaselines(bench, [BASELINE]);
  const run = (served: Served, perSecond?: number) => async () => {
    await system.keepCached();
    return measureLoad(bench, served, TEN_CONNECTIONS, perSecond);
  };
  const lane = laneOf(system);
  const full = await interleave(bench, [{ name: 'lane, full load', run: run(lane) }]);
  const perSecond = Math.round((full.get('lane, full load') as LoadSample).perSecond * SHARE);
  const measured = await interleave(bench, [
    { name: LANE, run: run(lane, perSecond) },
    { name: BASELINE, run: run(baselines.get(BASELINE), perSecond) },
  ]);
  const ours = measured.get(LANE) as LoadSample;
  const theirs = measured.get(BASELINE) as LoadSample;
  const at = `at ${perSecond.toLocaleString('en')} requests/s`;
  return [
    {
      name: `p99, ${LANE}, half of its full load`,
      value: ours.p99Ms,
      unit: 'ms',
      baseline: { name: `${BASELINE}, ${at}`, value: theirs.p99Ms },
      goal: '≤ 1',
    },
    { name: `answered, ${LANE}, ${at}`, value: ours.perSecond, unit: 'requests/s', cpuMicros: ours.cpuMicros },
    { name: `answered, ${BASELINE}, ${at}`, value: theirs.perSecond, unit: 'requests/s', cpuMicros: theirs.cpuMicros },
  ];
}
