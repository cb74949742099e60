import type { Bench } from '../bench.ts';
import { cpuMicros } from '../measure/cpu-time.ts';

/** A type, not an interface, so that it is a Sample. */
export type MissSample = {
  readonly perSecond: number;
  /** CPU time per miss. */
  readonly authServerCpuMicros: number;
  readonly introspectionCpuMicros: number;
};

/** Introspects the tokens of a file, none of which is cached. */
export async function measureMisses({ cache, system }: Bench, file: string): Promise<MissSample> {
  const pids = [system.authServerPid, system.introspectionPid];
  const before = pids.map((pid) => cpuMicros([pid]));
  const { perSecond, responses } = await cache.introspectEach(file);
  const used = pids.map((pid, at) => cpuMicros([pid]) - (before[at] as number));
  const [authServer, introspection] = used.map((micros) => micros / responses) as [number, number];
  return { perSecond, authServerCpuMicros: authServer, introspectionCpuMicros: introspection };
}
