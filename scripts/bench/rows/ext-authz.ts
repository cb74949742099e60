import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { startBaselines } from '../servers/baselines.ts';
import { fastPortServer } from '../system/introspection-servers.ts';
import { introspectionTarget } from '../system/introspection-target.ts';

const CONSTANT = 'fast port, constant';

/**
 * Envoy's Check of a request with a dozen headers, compared with Introspect of the same tokens. Both are also measured with a
 * server that decodes no message and responds with a constant of about the same size: what remains is the cost of the transport.
 */
export async function extAuthz(bench: Bench): Promise<void> {
  const { system } = bench;
  const introspect = fastPortServer(system);
  const payload = { kind: 'check', tokens: system.tokens.file } as const;
  const check = fastPortServer(system, payload, 'allowed');
  await using baselines = await startBaselines(bench, [CONSTANT]);
  const constant = baselines.get(CONSTANT);
  const { gateway } = system.secrets.tokens;
  const checkConstant = { ...constant, target: introspectionTarget(constant.target.port, gateway, payload, 'allowed') };
  const measured = await interleave(bench, {
    introspect: () => measureHits(bench, introspect),
    check: () => measureHits(bench, check),
    constant: () => measureHits(bench, constant),
    checkConstant: () => measureHits(bench, checkConstant),
  });
  const name = `ext_authz Check, fast port, ${nameOf(TEN_CONNECTIONS)}`;
  bench.report(
    {
      name,
      value: measured.check.perSecond,
      unit: 'requests/s',
      baseline: { name: 'Introspect', value: measured.introspect.perSecond },
    },
    {
      name: `${name}, CPU`,
      value: measured.check.cpuMicros,
      unit: 'µs',
      baseline: { name: 'Introspect', value: measured.introspect.cpuMicros },
      goals: [atMost(1.5, 'ratio')],
    },
    {
      name: `${name}, constant response, CPU`,
      value: measured.checkConstant.cpuMicros,
      unit: 'µs',
      baseline: { name: 'Introspect, constant response', value: measured.constant.cpuMicros },
    },
  );
}
