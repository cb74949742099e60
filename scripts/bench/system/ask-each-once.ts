import type { Report } from '../load/job.ts';
import type { LoadGenerator } from '../workers/workers.ts';
import type { BenchSystem } from './bench-system.ts';
import { fastPortOf } from './own-servers.ts';

/** As many in flight as a few busy gateways have; the fast port takes 256 on a connection. */
const SHAPE = { connections: 10, streams: 100 };

/** Asks the first replica for every token of a file once, many in flight. Rejects if one is not active. */
export function askEachOnce(load: LoadGenerator, system: BenchSystem, file: string): Promise<Report> {
  const { target } = fastPortOf(system, { kind: 'unary', tokens: file, order: 'once' });
  return load.run({ target, ...SHAPE, warmUpSeconds: 0, seconds: 0 });
}
