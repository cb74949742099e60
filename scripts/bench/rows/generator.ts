import type { Bench } from '../bench.ts';
import { atLeast } from '../goals.ts';
import { runH2load } from '../load/h2load.ts';
import { cpuMicros } from '../measure/cpu-time.ts';
import { interleave, type Sample } from '../measure/interleave.ts';
import { measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { startBaselines } from '../servers/baselines.ts';
import { STATIC_PATH } from '../servers/nghttpd.ts';

const SERVER = 'nghttpd, static file';

/**
 * The load generator compared with h2load, on the fastest server. A slow generator would hide how fast servers are.
 */
export async function generator(bench: Bench): Promise<void> {
  const { load, settings } = bench;
  await using baselines = await startBaselines(bench, [SERVER]);
  const server = baselines.get(SERVER);
  const url = `http://127.0.0.1:${server.target.port}${STATIC_PATH}`;
  const { ours, h2load } = await interleave<'ours' | 'h2load', Sample & { perSecond: number }>(bench, {
    async ours() {
      const before = cpuMicros([load.pid]);
      const { perSecond } = await measureLoad(bench, server, TEN_CONNECTIONS);
      return { perSecond, generatorCpuSeconds: (cpuMicros([load.pid]) - before) / 1e6 };
    },
    h2load: async () => ({ perSecond: await runH2load(url, TEN_CONNECTIONS, settings.seconds) }),
  });
  bench.report({
    name: `our generator on ${SERVER}, ${nameOf(TEN_CONNECTIONS)}`,
    value: ours.perSecond,
    unit: 'requests/s',
    baseline: { name: 'h2load', value: h2load.perSecond },
    goals: [atLeast(1, 'ratio')],
  });
}
