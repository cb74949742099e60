import { readdirSync, readFileSync } from 'node:fs';
import { withDescendants } from './process-tree.ts';

/** CPU time in µs of these processes and their descendants; NaN without Linux's /proc, or if one of them has ended. */
export function cpuMicros(pids: readonly number[]): number {
  try {
    return withDescendants(pids).reduce((sum, pid) => sum + ofProcess(pid), 0);
  } catch {
    return Number.NaN;
  }
}

/** From `schedstat`, which has nanoseconds; the 10 ms ticks of `stat` are too coarse for a short run. */
function ofProcess(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1_000)
    .reduce((sum, micros) => sum + micros, 0);
}
