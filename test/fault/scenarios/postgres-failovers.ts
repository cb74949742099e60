import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import type { Run, Scenario } from './scenario.ts';

/** The wires of all who need the primary. */
const wires = ({ cluster }: Run): FaultProxy[] => [
  ...cluster.authServers.map(({ postgres }) => postgres),
  cluster.observer,
];

/** Everybody's address leads to the standby; until it is promoted nobody can connect to either. */
async function failOver(run: Run): Promise<void> {
  const { postgres } = run.cluster;
  for (const wire of wires(run)) wire.refuse();
  await postgres.failOver();
  for (const wire of wires(run)) {
    wire.switchTo(postgres.port);
    wire.heal();
  }
  run.fault();
}

/** Failovers of Postgres to a streaming standby that every commit has waited for. */
export const postgresFailovers: readonly Scenario[] = [
  {
    name: 'Postgres fails over to its standby, and a second time to the next one',
    promised: 'A and B',
    async inject(run) {
      for (let time = 0; time < 2; time++) {
        await run.cluster.postgres.addStandby();
        await failOver(run);
        await sleep(run.outageMs / 4);
      }
    },
  },
  {
    name: 'the old primary of Postgres comes back as a standby, and an auth-server still looks there',
    promised: 'A and B',
    async inject(run) {
      const { postgres, main } = run.cluster;
      await postgres.addStandby();
      await failOver(run);
      await postgres.addStandby();
      await postgres.freezeStandby();
      main.postgres.switchTo(postgres.standbyPort);
      main.postgres.cut();
      run.fault();
      await sleep(run.outageMs / 2);
      main.postgres.switchTo(postgres.port);
      main.postgres.cut();
      await postgres.removeStandby();
    },
  },
];
