import type { Bench } from '../bench.ts';
import { cpuMicros } from '../measure/cpu-time.ts';

/** Misses per second; CPU time of each process per miss, µs. A type, because an interface is not assignable to Sample. */
export type MissSample = Readonly<
  Record<'perSecond' | 'introspection' | 'authServer' | 'postgres' | 'redis' | 'load', number>
>;

/** Introspects the tokens of a file, none of which may be cached. */
export async function measureMisses({ cache, system, load }: Bench, file: string): Promise<MissSample> {
  const { postgres, redis } = await system.dependencyPids();
  const pids = [system.introspectionPid, system.authServerPid, postgres, redis, load.pid];
  const before = pids.map((pid) => cpuMicros([pid]));
  const { perSecond, responses } = await cache.introspectEach(file);
  const used = pids.map((pid, at) => (cpuMicros([pid]) - (before[at] as number)) / responses);
  const [ofIntrospection, ofAuthServer, ofPostgres, ofRedis, ofLoad] = used as [number, number, number, number, number];
  return {
    perSecond,
    introspection: ofIntrospection,
    authServer: ofAuthServer,
    postgres: ofPostgres,
    redis: ofRedis,
    load: ofLoad,
  };
}
