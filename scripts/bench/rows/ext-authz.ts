import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { type LoadSample, measureLoad, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { startBaselines } from '../servers/baselines.ts';
import { introspectionTarget } from '../system/introspection-target.ts';
import { fastPortOf } from '../system/own-servers.ts';

const CONSTANT = 'fast port, constant';

/**
 * Envoy's Check of a request with a dozen headers, compared with Introspect of the same tokens. Both are also measured with a server that responds
 * with a constant of the same size and reads nothing: what remains are the messages themselves.
 */
export async function extAuthz(bench: Bench): Promise<void> {
  const { system, cache } = bench;
  const introspect = fastPortOf(system);
  const payload = { kind: 'check', tokens: system.tokens.file } as const;
  const check = fastPortOf(system, payload, 'allowed');
  await using baselines = await startBaselines(bench, [CONSTANT]);
  const constant = baselines.get(CONSTANT);
  const { gateway } = system.secrets.tokens;
  const checkConstant = { ...constant, target: introspectionTarget(constant.target.port, gateway, payload, 'allowed') };
  const contenders = Object.entries({ introspect, check, constant, checkConstant }).map(([name, server]) => ({
    name,
    run: async () => {
      await cache.ensureCached();
      return measureLoad(bench, server, TEN_CONNECTIONS);
    },
  }));
  const measured = await interleave(bench, contenders);
  const cpuOf = (contender: string) => (measured.get(contender) as LoadSample).cpuMicros;
  const rateOf = (contender: string) => (measured.get(contender) as LoadSample).perSecond;
  const name = `ext_authz Check, fast port, ${nameOf(TEN_CONNECTIONS)}`;
  bench.report(
    {
      name,
      value: rateOf('check'),
      unit: 'requests/s',
      baseline: { name: 'Introspect', value: rateOf('introspect') },
    },
    {
      name: `${name}, CPU`,
      value: cpuOf('check'),
      unit: 'µs',
      baseline: { name: 'Introspect', value: cpuOf('introspect') },
      goals: [atMost(1.5, 'ratio')],
    },
    {
      name: `${name}, constant response, CPU`,
      value: cpuOf('checkConstant'),
      unit: 'µs',
      baseline: { name: 'Introspect, constant response', value: cpuOf('constant') },
    },
  );
}
