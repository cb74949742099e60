import { readdirSync, readFileSync } from 'node:fs';

/** These processes and all that they have started, by Linux's /proc; throws without it, or for one that is gone. */
export function withDescendants(pids: readonly number[]): number[] {
  return pids.flatMap((pid) => [pid, ...childrenOf(pid).flatMap(ifAlive)]);
}

/** A descendant may end while we look, as connections of Postgres do. */
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
