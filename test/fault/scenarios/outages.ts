import { setTimeout as sleep } from 'node:timers/promises';
import { CHANGE_STEPS } from '../../../services/auth-server/store/authority/change-protocol.ts';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import type { AuthServerNode } from '../cluster/nodes.ts';
import { expectSteadyDuring, type Run, type Scenario, type Scenarios } from './run.ts';

/** Cached states are no longer fresh after this time, but far from expired. */
const FIVE_MINUTES_MS = 5 * 60_000;

/** Waits for `outageMs` and advances the clocks of the replicas by the rest of five minutes. */
async function fiveMinutes({ cluster, outageMs }: Run): Promise<void> {
  await sleep(outageMs / 2);
  const ms = Math.max(0, FIVE_MINUTES_MS - outageMs);
  for (const replica of cluster.replicas) replica.send({ kind: 'advance clock', ms });
  await sleep(outageMs / 2);
}

/** An outage of five minutes during which introspection of the steady token must succeed. */
const fiveMinuteOutage = (begin: (run: Run) => unknown, end: (run: Run) => unknown = () => {}): Scenario => ({
  inject: (run) =>
    expectSteadyDuring(run, async () => {
      await begin(run);
      await fiveMinutes(run);
      await end(run);
    }),
});

const postgresProxies = ({ cluster }: Run) => cluster.authServers.map(({ postgres }) => postgres);

/**
 * Holds a change of the spare auth-server before its COMMIT, hangs that server's connections to Postgres in one direction, and
 * lets the change commit.
 */
const atCommit = (direction: 'up' | 'down', hangMs: number, end: (proxy: FaultProxy) => void): Scenario => ({
  inject: (run) =>
    run.repeat(4, 400, async () => {
      const { spare } = run;
      await spare.arm('fenced', 'hold');
      spare.postgres.hang(direction);
      spare.send({ kind: 'release' });
      await sleep(hangMs);
      end(spare.postgres);
    }),
});

/** auth-server, a replica or Postgres is down, hangs or cannot be reached; a COMMIT is late, or its response is lost. */
export const outages: Scenarios = {
  'auth-server is down for five minutes': fiveMinuteOutage(
    ({ cluster }) => cluster.main.kill(),
    ({ cluster }) => cluster.main.start(),
  ),
  'auth-server hangs (SIGSTOP) for five minutes': fiveMinuteOutage(
    ({ cluster }) => cluster.main.pause(),
    ({ cluster }) => cluster.main.resume(),
  ),
  'Postgres cannot be reached for five minutes': fiveMinuteOutage((run) => {
    for (const proxy of postgresProxies(run)) proxy.refuse();
  }),
  'Postgres hangs for five minutes': fiveMinuteOutage((run) => {
    for (const proxy of postgresProxies(run)) proxy.hang();
  }),
  'connections to Postgres are cut': {
    inject: (run) => run.repeat(30, 200, () => run.random.pick(postgresProxies(run)).cut()),
  },
  'a COMMIT stalls on its way': atCommit('up', 1_500, (proxy) => proxy.heal()),
  'the response to a COMMIT is lost': atCommit('down', 500, (proxy) => {
    proxy.cut();
    proxy.heal();
  }),
  'a replica cannot reach auth-server': {
    inject: (run) => run.repeat(1, run.outageMs, () => run.firstReplica.authServer.refuse()),
  },
  'SIGSTOP of a replica': {
    inject: (run) =>
      run.repeat(3, 300, async () => {
        run.firstReplica.pause();
        await sleep(run.outageMs / 3);
        run.firstReplica.resume();
      }),
  },
};

/** kill -9 of an auth-server at each step of a change; replicas use another one. */
export const killedAuthServers: Scenarios = Object.fromEntries(
  CHANGE_STEPS.map((step): [string, Scenario] => [
    `kill -9 of auth-server at ${step}`,
    {
      inject: (run) =>
        run.repeat(2, 0, async () => {
          await run.spare.arm(step, 'kill');
          await run.spare.exited();
          await run.spare.start();
        }),
    },
  ]),
);

/** The number of auth-servers: one for each step of a change, and the one that replicas use. */
export const AUTH_SERVERS_FOR_STOPS = CHANGE_STEPS.length + 1;

/** SIGSTOP of auth-servers, one at each step, concurrently. After 15 s Postgres ends their open transactions. */
export const stoppedAuthServers: Scenarios = Object.fromEntries(
  [10, 70].map((seconds): [string, Scenario] => [
    `SIGSTOP of auth-servers for ${seconds} s, one at each step of a change`,
    {
      tenants: CHANGE_STEPS.length,
      async inject(run) {
        const stops = CHANGE_STEPS.map(async (step, index) => {
          const node = run.cluster.authServers[index + 1] as AuthServerNode;
          await node.arm(step, 'stop');
          run.faults++;
          await sleep(seconds * 1_000);
          node.resume();
        });
        await Promise.all(stops);
      },
    },
  ]),
);

const primaryProxies = (run: Run) => [...postgresProxies(run), run.cluster.observer];

/** Connections are refused until the standby is promoted, and lead to it from then on. */
async function failOver(run: Run): Promise<void> {
  const { postgres } = run.cluster;
  for (const proxy of primaryProxies(run)) proxy.refuse();
  await postgres.failOver();
  for (const proxy of primaryProxies(run)) {
    proxy.switchTo(postgres.port());
    proxy.heal();
  }
}

/** Failovers of Postgres to a synchronous standby. */
export const postgresFailovers: Scenarios = {
  'Postgres fails over to its standby, and then to the next one': {
    inject: (run) =>
      run.repeat(2, run.outageMs / 4, async () => {
        await run.cluster.postgres.addStandby();
        await failOver(run);
      }),
  },
  'Postgres fails over, and an auth-server then connects to a standby': {
    async inject(run) {
      const { postgres, main } = run.cluster;
      await postgres.addStandby();
      await run.repeat(1, 0, () => failOver(run));
      await postgres.addStandby();
      await postgres.freezeStandby();
      await run.repeat(1, run.outageMs / 2, () => {
        main.postgres.switchTo(postgres.standbyPort());
        main.postgres.cut();
      });
      main.postgres.switchTo(postgres.port());
      main.postgres.cut();
      await postgres.removeStandby();
    },
  },
};
