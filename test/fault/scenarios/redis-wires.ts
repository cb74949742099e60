import type { FaultProxy } from '../../support/fault-proxy.ts';
import type { Run } from './scenario.ts';

/** The wire of every process to Redis. */
export const redisWires = ({ cluster }: Run): FaultProxy[] =>
  [...cluster.authServers, ...cluster.replicas].map(({ redis }) => redis);
