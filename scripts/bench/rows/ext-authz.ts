import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { fastPortOf } from '../system/own-servers.ts';

/** Envoy's Check of a request with a dozen headers, compared with Introspect of the same tokens. */
export async function extAuthz(bench: Bench): Promise<void> {
  const { system, cache } = bench;
  const introspect = fastPortOf(system);
  const check = fastPortOf(system, { kind: 'check', tokens: system.tokens.file }, 'allowed');
  const contenders = Object.entries({ introspect, check }).map(([name, server]) => ({
    name,
    run: async () => {
      await cache.ensureCached();
      return measureLoad(bench, server, TEN_CONNECTIONS);
    },
  }));
  const measured = await interleave(bench, contenders);
  const ours = measured.get('check') as LoadSample;
  const usual = measured.get('introspect') as LoadSample;
  const name = `ext_authz Check, fast port, ${nameOf(TEN_CONNECTIONS)}`;
  bench.report(
    {
      name,
      value: ours.perSecond,
      unit: 'requests/s',
      baseline: { name: 'Introspect', value: usual.perSecond },
    },
    {
      name: `${name}, CPU`,
      value: ours.cpuMicros,
      unit: 'µs',
      baseline: { name: 'Introspect', value: usual.cpuMicros },
      goals: [atMost(1.5, 'ratio')],
    },
  );
}
