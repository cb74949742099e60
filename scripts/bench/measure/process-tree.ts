import { readdirSync, readFileSync } from 'node:fs';

/** These processes and all that they have started, by Linux's /proc; throws without it, or for one that is gone. */
export function withDescendants(pids: readonly number[]): number[] {
  const children = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    ),
  );
  return [...pids, ...(children.length > 0 ? withDescendants(children) : [])];
}
