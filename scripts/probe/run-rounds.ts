import { setTimeout as sleep } from 'node:timers/promises';
import type { RoundResult } from './observation.ts';
import type { Options } from './options.ts';
import { runRound } from './round.ts';
import type { Target } from './target.ts';

/** Between two requests to a replica. */
const PAUSE_MS = 5;
const clock = { now: () => performance.now() };

export interface RoundReporter {
  measured(result: RoundResult): void;
  failed(error: Error): void;
}

/**
 * Runs the rounds and reports each. A failed round is followed by the next one. When interrupted, resolves after the current
 * round; without `intervalMs` also after `rounds`.
 */
export async function runRounds(
  { source, replicas }: Target,
  { rounds, intervalMs, watchMs }: Pick<Options, 'rounds' | 'intervalMs' | 'watchMs'>,
  reporter: RoundReporter,
  interrupted: AbortSignal,
): Promise<void> {
  for (let round = 1; !interrupted.aborted && (intervalMs !== undefined || round <= rounds); round++) {
    try {
      reporter.measured(await oneRound());
    } catch (error) {
      reporter.failed(error as Error);
    }
    if (intervalMs !== undefined) await sleep(intervalMs, undefined, { signal: interrupted }).catch(() => {});
  }

  async function oneRound(): Promise<RoundResult> {
    const current = await replicas();
    try {
      return await runRound(source, current, { clock, pause: () => sleep(PAUSE_MS), watchMs });
    } finally {
      for (const replica of current) replica.close();
    }
  }
}
