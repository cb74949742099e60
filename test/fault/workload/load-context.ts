import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';
import { acknowledge, type Dimension } from '../checker/history.ts';
import type { Outcome } from '../cluster/api-client.ts';
import type { DatabaseOracle } from './database-oracle.ts';

const REPEAT_MS = 150;

/** What the workers and the introspection load of a run share. */
export interface LoadContext {
  readonly database: DatabaseOracle;
  readonly random: Random;
  /** Aborted when no more steps may begin. */
  readonly closing: AbortSignal;
  /**
   * Changes by the outcome of their first call; `acknowledged` also counts those that a repeat acknowledged. `unknown`: no
   * response, or one that does not say whether the change happened.
   */
  readonly counts: { acknowledged: number; refused: number; pending: number; unknown: number };
  /** What is wrong, except what the checker and the `ApiClient`s find. */
  readonly defects: string[];
}

/** Repeats a step until the run closes, with random pauses of `pauseMs` on average. */
export async function repeat({ random, closing }: LoadContext, pauseMs: number, step: () => Promise<unknown>) {
  while (!closing.aborted) {
    await step();
    await pause(closing, pauseMs * 2 * random.next());
  }
}

/** Sleeps for `ms`, or until the run closes. */
export function pause(closing: AbortSignal, ms: number): Promise<void> {
  return sleep(ms, undefined, { signal: closing }).catch(() => {});
}

/** One change of one dimension. */
export interface Change {
  readonly dimension: Dimension;
  readonly value: string;
  readonly call: () => Promise<Outcome>;
  /** Whether the change is in Postgres. */
  readonly isCommitted: () => Promise<boolean>;
  /** Whether the call can be repeated until the change is visible. A code exchange cannot. Default: true. */
  readonly isRepeatable?: boolean;
  /** Whether this refusal of a repeat means that no repeat can succeed. Default: always false. */
  readonly isFinal?: (refusal: string) => boolean;
}

/** Makes a change and records its outcome. Returns the body of the response if the change was acknowledged. */
export async function perform(
  { dimension, value, call, isCommitted, isRepeatable = true, isFinal = () => false }: Change,
  { counts, defects, closing }: LoadContext,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const version = dimension.begin(value, performance.now());
  let outcome = await call();
  if (outcome.kind !== 'done') {
    counts[outcome.kind]++;
    if (outcome.kind === 'refused' || !(await isCommitted())) {
      version.outcome = 'undone';
      version.isAbandoned = outcome.kind === 'unknown';
      if (outcome.kind === 'pending') defects.push(`${dimension.name}: reported as pending, but not committed`);
      return undefined;
    }
    version.outcome = 'committed';
    // A repeat succeeds only once the change is visible everywhere, so its success acknowledges the change.
    while (outcome.kind !== 'done') {
      if (!isRepeatable || closing.aborted) return undefined;
      outcome = await call();
      if (outcome.kind === 'refused' && isFinal(outcome.why)) return undefined;
      if (outcome.kind !== 'done') await pause(closing, REPEAT_MS);
    }
  }
  acknowledge(version, performance.now());
  counts.acknowledged++;
  return outcome.body;
}
