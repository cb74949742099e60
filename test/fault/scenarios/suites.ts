import type { ClusterOptions } from '../cluster/cluster.ts';
import { cacheNodes, MORE_NODES } from './cache-nodes.ts';
import { forcedOrders } from './forced-orders.ts';
import {
  AUTH_SERVERS_FOR_STOPS,
  killedAuthServers,
  outages,
  postgresFailovers,
  stoppedAuthServers,
} from './outages.ts';
import { redisFaults, redisReplicas, redisSettings } from './redis.ts';
import type { Scenarios } from './run.ts';
import { sentinelFailovers } from './sentinel.ts';
import { suspendedApps } from './suspended-apps.ts';

/** Scenarios that run one after another on one cluster. */
export interface Suite {
  readonly cluster: ClusterOptions;
  readonly scenarios: Scenarios;
}

export const SUITES = {
  killed: { cluster: {}, scenarios: killedAuthServers },
  outages: { cluster: {}, scenarios: outages },
  redis: { cluster: {}, scenarios: redisFaults },
  failovers: { cluster: {}, scenarios: postgresFailovers },
  operations: { cluster: {}, scenarios: { ...redisReplicas, ...redisSettings } },
  sentinels: { cluster: { sentinels: true, moreNodes: ['b'] }, scenarios: sentinelFailovers },
  nodes: { cluster: { moreNodes: MORE_NODES }, scenarios: cacheNodes },
  stopped: { cluster: { authServers: AUTH_SERVERS_FOR_STOPS }, scenarios: stoppedAuthServers },
  suspendedApps: { cluster: { authServers: 3 }, scenarios: suspendedApps },
  // Responses of auth-server are delayed for longer than replicas wait for them in production.
  forcedOrders: { cluster: { authServers: 3, authServerTimeoutMs: 15_000 }, scenarios: forcedOrders },
} satisfies Record<string, Suite>;
