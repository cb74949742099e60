import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import type { MeasuredServer } from '../measure/measured-server.ts';
import { startBaselines } from '../servers/baselines.ts';
import { fastPortOf } from '../system/own-servers.ts';

const FAST_PORT = 'fast port, Redis read';
const BASELINE = 'grpc-js, constant';
/** The share of the full load, because servers normally run below it. */
const SHARE = 0.5;

/**
 * p99 of both servers at half of the fast port's full load, which overloads grpc-js, and at half of the full load of a grpc-js
 * server with a constant response.
 */
export async function latency(bench: Bench): Promise<void> {
  const { system } = bench;
  await using baselines = await startBaselines(bench, [BASELINE]);
  const servers = { [FAST_PORT]: fastPortOf(system), [BASELINE]: baselines.get(BASELINE) };
  const contenders = (perSecond?: number) =>
    Object.entries(servers).map(([name, server]) => ({ name, run: () => run(bench, server, perSecond) }));
  const full = await interleave(bench, contenders());
  for (const loaded of [FAST_PORT, BASELINE]) {
    const perSecond = Math.round((full.get(loaded) as LoadSample).perSecond * SHARE);
    const measured = await interleave(bench, contenders(perSecond));
    const [ours, theirs] = [measured.get(FAST_PORT) as LoadSample, measured.get(BASELINE) as LoadSample];
    bench.report({
      name: `p99 at half of the full load of ${loaded}, ${perSecond.toLocaleString('en')} requests/s`,
      value: ours.p99Ms,
      unit: 'ms',
      cpuMicros: ours.cpuMicros,
      baseline: { name: BASELINE, value: theirs.p99Ms, cpuMicros: theirs.cpuMicros },
      goals: [atMost(1, 'ratio')],
    });
  }
}

async function run(bench: Bench, server: MeasuredServer, perSecond?: number): Promise<LoadSample> {
  await bench.cache.ensureCached();
  return measureLoad(bench, server, TEN_CONNECTIONS, perSecond);
}
