import type { Bench } from '../bench.ts';
import { interleave } from '../measure/interleave.ts';
import { measureHits, nameOf, TEN_CONNECTIONS } from '../measure/measure-load.ts';
import { fastPortServer, httpPortServer } from '../system/introspection-servers.ts';

/** `GET /authz/forward`, which Traefik and Caddy call before each request, compared with Introspect of the same tokens. */
export async function forwardAuth(bench: Bench): Promise<void> {
  const { system } = bench;
  const { introspect, forward: ours } = await interleave(bench, {
    introspect: () => measureHits(bench, fastPortServer(system)),
    forward: () => measureHits(bench, httpPortServer(system)),
  });
  const name = `forward-auth over HTTP, ${nameOf(TEN_CONNECTIONS)}`;
  const baseline = 'Introspect, fast port';
  bench.report(
    { name, value: ours.perSecond, unit: 'requests/s', baseline: { name: baseline, value: introspect.perSecond } },
    {
      name: `${name}, CPU`,
      value: ours.cpuMicros,
      unit: 'µs',
      baseline: { name: baseline, value: introspect.cpuMicros },
    },
  );
}
