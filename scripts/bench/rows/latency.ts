import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { startBaselines } from '../servers/baselines.ts';
import { fastPortServer } from '../system/introspection-servers.ts';

const FAST_PORT = 'fast port, Redis read';
const BASELINE = 'grpc-js, constant';
/** p99 is measured at this share of the full load, because servers normally run below full load. */
const SHARE = 0.5;

/**
 * p99 of the fast port and of a grpc-js server with a constant response: at half of the fast port's full load, which overloads
 * grpc-js, and at half of the full load of grpc-js.
 */
export async function latency(bench: Bench): Promise<void> {
  const { system } = bench;
  await using baselines = await startBaselines(bench, [BASELINE]);
  const measureAt = (perSecond?: number) =>
    interleave(bench, {
      [FAST_PORT]: () => measureHits(bench, fastPortServer(system), TEN_CONNECTIONS, perSecond),
      [BASELINE]: () => measureHits(bench, baselines.get(BASELINE), TEN_CONNECTIONS, perSecond),
    });
  const full = await measureAt();
  for (const loaded of [FAST_PORT, BASELINE] as const) {
    const perSecond = Math.round(full[loaded].perSecond * SHARE);
    const { [FAST_PORT]: ours, [BASELINE]: theirs } = await measureAt(perSecond);
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
