import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeMetrics } from './metrics.ts';
import type { Options } from './options.ts';
import { runRound } from './round.ts';
import { tableOf } from './table.ts';
import type { Target } from './target.ts';

/** Between two questions to a replica. */
const PAUSE_MS = 5;
const clock = { now: () => performance.now() };

/** Runs the rounds and prints each. A round that fails is reported, and the next one goes on. Resolves when interrupted. */
export async function runRounds(
  { source, replicas }: Target,
  { rounds, intervalMs, watchMs }: Pick<Options, 'rounds' | 'intervalMs' | 'watchMs'>,
  metrics: ProbeMetrics,
  interrupted: AbortSignal,
): Promise<void> {
  for (let round = 1; !interrupted.aborted && (intervalMs !== undefined || round <= rounds); round++) {
    if (round > 1 && intervalMs !== undefined)
      await sleep(intervalMs, undefined, { signal: interrupted }).catch(() => {});
    if (interrupted.aborted) return;
    try {
      await oneRound();
    } catch (error) {
      metrics.failed();
      process.stderr.write(`${new Date().toISOString()} nothing was measured: ${(error as Error).message}\n`);
    }
  }

  async function oneRound(): Promise<void> {
    const asked = await replicas();
    try {
      const result = await runRound(source, asked, { clock, pause: () => sleep(PAUSE_MS), watchMs });
      metrics.succeeded(result);
      process.stdout.write(`${new Date().toISOString()}\n${tableOf(result)}\n`);
    } finally {
      for (const replica of asked) replica.close();
    }
  }
}
