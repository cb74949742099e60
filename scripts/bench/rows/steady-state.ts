import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { atMost } from '../goals.ts';
import { cpuMicros } from '../measure/cpu-time.ts';
import { fastPortServer } from '../system/introspection-servers.ts';
import { LiveTokens } from '../system/live-tokens.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';

const APPS = 200;
const SHAPE = { connections: 10, streams: 100 };

/** The cost of renewals for one auth-server while every token is used and cached. */
export async function steadyState(bench: Bench): Promise<void> {
  const { system, cache, settings, load, folder, progress } = bench;
  const { tokens: count, cycleSeconds, settleSeconds, seconds } = settings.steadyState;
  const tenancy = new Tenancy(APPS, Math.ceil(count / APPS), ID_BASES.steadyState);
  const tokens = await LiveTokens.load(system.database, tenancy, system.format, join(folder, 'steady-state.tokens'));
  const { target } = fastPortServer(system, { kind: 'unary', tokens: tokens.file, order: 'cycle' });
  const perSecond = tokens.size / cycleSeconds;
  const run = (forSeconds: number) =>
    load.run({ target, ...SHAPE, perSecond, warmUpSeconds: 0, seconds: forSeconds, countsFailures: true });
  progress(`  caching ${tokens.size.toLocaleString('en')} tokens …`);
  await cache.introspectEach(tokens.file);
  progress(`  ${Math.round(perSecond).toLocaleString('en')} introspections/s for ${settleSeconds} + ${seconds} s …`);
  await run(settleSeconds);
  const pids = [system.authServerPid, system.introspectionPid];
  const before = pids.map((pid) => cpuMicros([pid]));
  const begun = performance.now();
  const { responses, failures } = await run(seconds);
  const elapsedMicros = (performance.now() - begun) * 1_000;
  const [authServer, introspection] = pids.map(
    (pid, at) => (cpuMicros([pid]) - (before[at] as number)) / elapsedMicros,
  );
  const inUse = `${tokens.size.toLocaleString('en')} tokens, each used every ${cycleSeconds} s`;
  bench.report(
    { name: `auth-server, ${inUse}`, value: authServer as number, unit: 'of a core', goals: [atMost(0.5)] },
    { name: `introspection, ${inUse}`, value: introspection as number, unit: 'of a core' },
    {
      name: `failed or not active, ${inUse}`,
      value: failures,
      unit: `of ${responses.toLocaleString('en')} responses`,
      goals: [atMost(0)],
    },
  );
}
