import type { Run } from './scenario.ts';

/**
 * The steady token is cached everywhere and nothing changes about it, so every question about it must be answered: from
 * Redis while auth-server is gone, from auth-server while Redis is (G4).
 */
export async function whileSteadyIsAnswered(run: Run, outage: () => Promise<void>): Promise<void> {
  const { steady, cluster, load } = run;
  for (const replica of cluster.replicas) await load.ask(replica, steady, 0);
  const startedAt = performance.now();
  run.fault();
  await outage();
  for (const replica of cluster.replicas) await load.ask(replica, steady, 0);
  const unanswered = load.failuresSince(startedAt, steady);
  const [first] = unanswered;
  if (first === undefined) return;
  const when = `${(first.startedAt - startedAt).toFixed()} to ${(first.endedAt - startedAt).toFixed()} ms into the outage`;
  run.defect(`the steady token was not answered ${unanswered.length} times; ${first.where}, ${when}: ${first.why}`);
}
