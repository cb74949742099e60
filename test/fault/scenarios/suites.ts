import type { ClusterOptions } from '../harness/cluster.ts';
import { killedAuthServers } from './killed-auth-servers.ts';
import { outages } from './outages.ts';
import { postgresFailovers } from './postgres-failovers.ts';
import { provocations } from './provocations.ts';
import { redisFaults } from './redis-faults.ts';
import { redisReplicas } from './redis-replicas.ts';
import { redisSettings } from './redis-settings.ts';
import type { Scenario } from './scenario.ts';
import { AUTH_SERVERS_TO_STOP, stoppedAuthServers, stoppedReplica } from './stopped-processes.ts';
import { suspendedCrowds } from './suspended-crowds.ts';

/** Scenarios that run one after another on one cluster: each leaves it whole. */
export interface Suite {
  readonly cluster: ClusterOptions;
  readonly scenarios: readonly Scenario[];
}

export const SUITES = {
  killed: { cluster: {}, scenarios: killedAuthServers },
  outages: { cluster: {}, scenarios: [...outages, stoppedReplica] },
  redis: { cluster: {}, scenarios: redisFaults },
  failovers: { cluster: {}, scenarios: postgresFailovers },
  operations: { cluster: {}, scenarios: [...redisReplicas, ...redisSettings] },
  stopped: { cluster: { authServers: AUTH_SERVERS_TO_STOP }, scenarios: stoppedAuthServers },
  crowds: { cluster: { authServers: 3 }, scenarios: suspendedCrowds },
  // A read is held back for longer than replicas wait in production.
  provoked: { cluster: { authServers: 3, authServerTimeoutMs: 15_000 }, scenarios: provocations },
} satisfies Record<string, Suite>;
