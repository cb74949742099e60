import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ports } from '../../stack/ports.ts';
import { Settings, takeAddresses } from '../../stack/settings.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { cpuMicros } from '../measure/cpu-time.ts';
import { interleave } from '../measure/interleave.ts';
import { Recorder } from '../statements/record.ts';
import { substitute } from '../statements/substitute.ts';
import { Tenancy } from '../system/tenancy.ts';
import { type Grant, TokenClients } from '../system/token-clients.ts';
import { startBareLoop } from '../workers/workers.ts';

const GRANTS: readonly Grant[] = ['authorization_code', 'refresh_token'];
const NAMES: Readonly<Record<Grant, string>> = { authorization_code: 'code exchange', refresh_token: 'refresh' };
const APPS = 100;
const ID_BASE = 200_000_000;
/** Requests at once; auth-server has as many connections to Postgres by default. */
const AT_ONCE = 10;
/** For the recordings. */
const SPARE_INSTALLS = 100;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type EndpointSample = { readonly perSecond: number; readonly cpuMicros: number };

/** The token endpoint, beside a loop that sends the same statements to the same Postgres and does nothing else. */
export async function tokenEndpoint(bench: Bench): Promise<Figure[]> {
  const { system, settings, cores } = bench;
  const needed = GRANTS.length * 2 * settings.rounds * settings.tokenRequests + SPARE_INSTALLS;
  const tenancy = new Tenancy(APPS, Math.ceil(needed / APPS), ID_BASE, ['self']);
  const clients = await TokenClients.load(system.database, tenancy, system.format);
  const installs = new Installs();
  await using started = new AsyncDisposableStack();
  const loop = started.adopt(startBareLoop(), (it) => it.stop());
  const authServer = system.pid('auth-server');
  try {
    await cores.toServerCore([authServer, loop.pid]);
    const loops = await bareLoops(bench, clients, installs, loop);
    const endpoints = GRANTS.map((grant) => ({
      name: NAMES[grant],
      run: () => callEndpoint(bench, clients, grant, installs.next(settings.tokenRequests)),
    }));
    const measured = await interleave(bench, [...endpoints, ...loops]);
    return GRANTS.map((grant) => {
      const ours = measured.get(NAMES[grant]) as EndpointSample;
      const bare = measured.get(bareName(grant)) as EndpointSample;
      return {
        name: `${NAMES[grant]}, ${AT_ONCE} at once`,
        value: ours.perSecond,
        unit: 'requests/s',
        cpuMicros: ours.cpuMicros,
        baseline: { name: 'bare pg loop', value: bare.perSecond, cpuMicros: bare.cpuMicros },
        goal: '≥ 0.7',
      };
    });
  } finally {
    await cores.toOtherCores([authServer]);
  }
}

/** Numbers of installs; each is used once. */
class Installs {
  #next = 0;

  next(count: number): number[] {
    this.#next += count;
    return Array.from({ length: count }, (_, index) => this.#next - count + index);
  }
}

const bareName = (grant: Grant): string => `${NAMES[grant]}, bare pg loop`;

async function callEndpoint(
  { system, load, folder }: Bench,
  clients: TokenClients,
  grant: Grant,
  installs: readonly number[],
): Promise<EndpointSample> {
  const forms = installs.map((index) => clients.form(grant, index));
  const bodies = join(folder, `${grant}.forms`);
  writeFileSync(bodies, forms.join(''));
  const { http } = system.stack.info.auth_server;
  const authServer = [system.pid('auth-server')];
  const before = cpuMicros(authServer);
  const { perSecond } = await load.run({
    target: {
      protocol: 'http1',
      port: Number(new URL(http).port),
      path: '/oauth/token',
      fields: FORM,
      ask: { kind: 'once', bodies, bytes: forms[0]?.length ?? 0 },
      expect: 'tokens',
    },
    connections: AT_ONCE,
    streams: 1,
    seconds: 0,
  });
  return { perSecond, cpuMicros: (cpuMicros(authServer) - before) / installs.length };
}

/** Records one request of each grant, to be replayed about other installs. */
async function bareLoops(
  bench: Bench,
  clients: TokenClients,
  installs: Installs,
  loop: ReturnType<typeof startBareLoop>,
) {
  const { system, settings } = bench;
  const recorder = await Recorder.start(await authServerEnvironment(bench));
  try {
    const loops = [];
    for (const grant of GRANTS) {
      const { statements, request } = await recorder.record(() => recordable(clients, grant, installs));
      const recorded = clients.subject(request.install);
      const run = async (): Promise<EndpointSample> => {
        const subjects = installs.next(settings.tokenRequests).map((index) => clients.subject(index));
        const requests = subjects.map((subject) => substitute(statements, recorded, subject));
        const before = cpuMicros([loop.pid]);
        const job = { databaseUrl: system.stack.info.database_url, connections: AT_ONCE, requests };
        const seconds = await loop.run(job);
        const used = cpuMicros([loop.pid]) - before;
        return { perSecond: requests.length / seconds, cpuMicros: used / requests.length };
      };
      loops.push({ name: bareName(grant), run });
    }
    return loops;
  } finally {
    recorder.stop();
  }
}

function recordable(clients: TokenClients, grant: Grant, installs: Installs) {
  const [install = 0] = installs.next(1);
  const send = async (http: string) => {
    const response = await fetch(`${http}/oauth/token`, {
      method: 'POST',
      headers: FORM,
      body: clients.form(grant, install),
    });
    if (!response.ok) throw new Error(`the recorded request was answered ${response.status}: ${await response.text()}`);
  };
  return { install, send };
}

/** Another auth-server of the stack. No user ever asks it, so that its session issuer need not exist. */
async function authServerEnvironment({ system }: Bench): Promise<Record<string, string>> {
  const { database_url, redis_url, session_jwt_url } = system.stack.info;
  const settings = new Settings(await takeAddresses(new Ports(), 1), system.secrets, redis_url);
  return settings.authServer(database_url, { jwksUrl: session_jwt_url, issuer: 'bench', signInUrl: session_jwt_url });
}
