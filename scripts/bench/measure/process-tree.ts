import { readdirSync, readFileSync } from 'node:fs';

/** These processes and their descendants, from Linux's /proc. Throws if /proc is missing or one of `pids` has ended. */
export function withDescendants(pids: readonly number[]): number[] {
  return pids.flatMap((pid) => [pid, ...childrenOf(pid).flatMap(ifAlive)]);
}

/** Descendants may end in the meantime, for example backends of Postgres. */
function ifAlive(pid: number): number[] {
  try {
    return withDescendants([pid]);
  } catch {
    return [];
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}
