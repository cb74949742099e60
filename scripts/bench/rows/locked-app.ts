import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Bench } from '../bench.ts';
import { atLeast, atMost } from '../goals.ts';
import { interleave } from '../measure/interleave.ts';
import { ID_BASES, Tenancy } from '../system/tenancy.ts';
import { TokenClients } from '../system/token-clients.ts';
import { tokenTarget } from './token-endpoint.ts';

const APPS = 100;
const CONCURRENCY = 10;
/** The index of the app that is locked. */
const LOCKED = 0;
/** HTTP clients that refresh tokens of the locked app. */
const LOCKED_APP_CLIENTS = 300;

/** Refreshes of other apps while one app is locked and many HTTP clients refresh its tokens, compared with no app locked. */
export async function lockedApp(bench: Bench): Promise<void> {
  const { system, settings, folder, load } = bench;
  const { rounds, tokenRequests } = settings;
  const tenancy = new Tenancy(APPS, Math.ceil((2 * rounds * tokenRequests) / (APPS - 1)) + 1, ID_BASES.lockedApp);
  const clients = await TokenClients.load(system.database, tenancy, system.format);
  const { locked, others } = Object.groupBy(
    Array.from({ length: tenancy.installs }, (_, index) => index),
    (index) => (tenancy.install(index).appId === tenancy.appId(LOCKED) ? 'locked' : 'others'),
  ) as Record<'locked' | 'others', number[]>;
  const refreshOthers = async () => {
    const forms = others.splice(0, tokenRequests).map((index) => clients.form('refresh_token', index));
    const bodies = join(folder, 'locked-app.forms');
    writeFileSync(bodies, forms.join(''));
    const target = tokenTarget(system, bodies, forms[0]?.length ?? 0);
    const job = { target, connections: CONCURRENCY, streams: 1, warmUpSeconds: 0, seconds: 0 };
    const { perSecond, p99Ms } = await load.run(job);
    return { perSecond, p99Ms };
  };
  const ofLockedApp = { responses: 0, not503: 0 };
  const { free, blocked } = await interleave(bench, {
    free: refreshOthers,
    async blocked() {
      await using lock = await Lock.take(system.stack.info.database_url, tenancy.appId(LOCKED));
      const refreshes = refreshRepeatedly(system.stack.info.auth_server.http, lock, () =>
        clients.form('refresh_token', locked[Math.floor(Math.random() * locked.length)] as number),
      );
      const stop = () => {
        lock.isEnding = true;
      };
      const [report, statuses] = await Promise.all([refreshOthers().finally(stop), refreshes]);
      for (const status of statuses) {
        ofLockedApp.responses++;
        if (status !== 503) ofLockedApp.not503++;
      }
      return report;
    },
  });
  const name = `refresh of other apps, ${CONCURRENCY} at once, with a locked app`;
  bench.report(
    {
      name: `${name}: p99`,
      value: blocked.p99Ms,
      unit: 'ms',
      baseline: { name: 'no app locked', value: free.p99Ms },
      goals: [atMost(2, 'ratio')],
    },
    {
      name: `${name}: rate`,
      value: blocked.perSecond,
      unit: 'requests/s',
      baseline: { name: 'no app locked', value: free.perSecond },
      goals: [atLeast(0.5, 'ratio')],
    },
    {
      name: 'refreshes of the locked app with a status other than 503',
      value: ofLockedApp.not503,
      unit: `of ${ofLockedApp.responses.toLocaleString('en')}`,
      goals: [atMost(0)],
    },
  );
}

/** The lock that a change of an app takes. */
class Lock implements AsyncDisposable {
  readonly #client: pg.Client;
  /** Ends refreshRepeatedly(), shortly before the lock is released. */
  isEnding = false;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async take(databaseUrl: string, appId: number): Promise<Lock> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query("SELECT pg_advisory_lock(hashtextextended('app:' || $1, 0))", [String(appId)]);
    return new Lock(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isEnding = true;
    await this.#client.end();
  }
}

/** Refreshes from many clients, which honor Retry-After, until `lock.isEnding`. Returns the statuses. */
async function refreshRepeatedly(http: string, lock: Lock, form: () => string): Promise<number[]> {
  const statuses: number[] = [];
  const client = async () => {
    while (!lock.isEnding) {
      const response = await fetch(`${http}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form(),
      });
      await response.arrayBuffer();
      statuses.push(response.status);
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      for (let waited = 0; waited < seconds * 10 && !lock.isEnding; waited++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await Promise.all(Array.from({ length: LOCKED_APP_CLIENTS }, client));
  return statuses;
}
