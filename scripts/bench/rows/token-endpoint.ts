import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { atLeast, atMost } from '../goals.ts';
import type { Target } from '../load/job.ts';
import { cpuMicros } from '../measure/cpu-time.ts';
import { interleave } from '../measure/interleave.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';
import { type Grant, TokenClients } from '../system/token-clients.ts';
import { startCommitLoop } from '../workers/workers.ts';

const NAMES: Readonly<Record<Grant, string>> = { authorization_code: 'code exchange', refresh_token: 'refresh' };
const GRANTS = Object.keys(NAMES) as Grant[];
const APPS = 100;
/** Requests in flight; by default auth-server has as many connections to Postgres for grants. */
const CONCURRENCY = 10;
const BASELINE = 'one INSERT committed';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type EndpointSample = { readonly perSecond: number; readonly cpuMicros: number };

/** The token endpoint, compared with a loop that commits one INSERT on the same Postgres from as many connections. */
export async function tokenEndpoint(bench: Bench): Promise<void> {
  const { system, settings, cores } = bench;
  const { rounds, tokenRequests } = settings;
  // An install is used for one request. The first round is not measured, because V8 compiles the code meanwhile.
  const installs = Math.ceil(((rounds + 1) * tokenRequests * GRANTS.length) / APPS);
  const tenancy = new Tenancy(APPS, installs, ID_BASES.tokenEndpoint, { modes: ['self'] });
  const clients = await TokenClients.load(system.database, tenancy, system.format);
  let next = 0;
  const nextInstalls = () => Array.from({ length: tokenRequests }, () => next++);
  await using started = new AsyncDisposableStack();
  const loop = started.adopt(startCommitLoop(), (it) => it.stop());
  try {
    await cores.toServerCore([system.authServerPid, loop.pid]);
    const endpoints = GRANTS.map((grant) => [NAMES[grant], () => callEndpoint(bench, clients, grant, nextInstalls())]);
    const job = { databaseUrl: system.stack.info.database_url, connections: CONCURRENCY, commits: tokenRequests };
    const contenders: Readonly<Record<string, () => Promise<EndpointSample>>> = {
      ...Object.fromEntries(endpoints),
      [BASELINE]: async () => ({ ...(await loop.run(job)) }),
    };
    for (const run of Object.values(contenders)) await run();
    const measured = await interleave(bench, contenders);
    const bare = measured[BASELINE] as EndpointSample;
    bench.report(...GRANTS.map((grant) => figure(grant, measured[NAMES[grant]] as EndpointSample, bare)));
  } finally {
    await cores.toOtherCores([system.authServerPid]);
  }
}

const figure = (grant: Grant, ours: EndpointSample, bare: EndpointSample): Figure => ({
  name: `${NAMES[grant]}, ${CONCURRENCY} at once`,
  value: ours.perSecond,
  unit: 'requests/s',
  cpuMicros: ours.cpuMicros,
  baseline: { name: BASELINE, value: bare.perSecond, cpuMicros: bare.cpuMicros },
  goals: [atLeast(0.3, 'ratio'), atMost(600, 'CPU')],
});

/** Sends each body of a file once to the token endpoint. */
export const tokenTarget = ({ stack }: Bench['system'], bodies: string, bytes: number): Target => ({
  protocol: 'http1',
  port: Number(new URL(stack.info.auth_server.http).port),
  path: '/oauth/token',
  fields: FORM,
  payload: { kind: 'once', bodies, bytes },
  expect: 'tokens',
});

async function callEndpoint(
  { system, load, folder }: Bench,
  clients: TokenClients,
  grant: Grant,
  installs: readonly number[],
): Promise<EndpointSample> {
  const forms = installs.map((index) => clients.form(grant, index));
  const bodies = join(folder, `${grant}.forms`);
  writeFileSync(bodies, forms.join(''));
  const before = cpuMicros([system.authServerPid]);
  const { perSecond } = await load.run({
    target: tokenTarget(system, bodies, forms[0]?.length ?? 0),
    connections: CONCURRENCY,
    streams: 1,
    warmUpSeconds: 0,
    seconds: 0,
  });
  return { perSecond, cpuMicros: (cpuMicros([system.authServerPid]) - before) / installs.length };
}
