import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';
import { acknowledge, type Dimension } from '../checker/history.ts';
import type { Outcome } from '../cluster/api-client.ts';
import type { DatabaseOracle } from './database-oracle.ts';

const REPEAT_MS = 150;

/** What the workers of a run share. */
export interface LoadContext {
  readonly database: DatabaseOracle;
  readonly random: Random;
  /** Aborted when no more changes may begin. */
  readonly closing: AbortSignal;
  /** Changes by outcome. `undone`: refused, or rolled back. `unknown`: the response does not tell, or there is none. */
  readonly counts: { acknowledged: number; undone: number; pending: number; unknown: number };
  /** Whatever must not happen, apart from wrong responses of Introspect. */
  readonly defects: string[];
}

/** Repeats a step until the run closes, with random pauses of `pauseMs` on average. */
export async function repeat({ random, closing }: LoadContext, pauseMs: number, step: () => Promise<unknown>) {
  while (!closing.aborted) {
    await step();
    await pause(closing, pauseMs * 2 * random.next());
  }
}

/** Sleeps, but no longer than until the run closes. */
export function pause(closing: AbortSignal, ms: number): Promise<void> {
  return sleep(ms, undefined, { signal: closing }).catch(() => {});
}

/** One change of one dimension. */
export interface Change {
  readonly dimension: Dimension;
  readonly value: string;
  readonly call: () => Promise<Outcome>;
  /** Whether the change is in Postgres. */
  readonly happened: () => Promise<boolean>;
  /** Whether a repeat of the call tells when the change is visible. Default: true; not so for a code exchange. */
  readonly isRepeatable?: boolean;
  /** Whether a refusal of a repeat means that no repeat can succeed. Default: none does. */
  readonly isFinal?: (refusal: string) => boolean;
}

/** Makes a change and records its outcome. Returns the body of the response if the change was acknowledged. */
export async function perform(
  { dimension, value, call, happened, isRepeatable = true, isFinal = () => false }: Change,
  { counts, defects, closing }: LoadContext,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const version = dimension.begin(value, performance.now());
  let outcome = await call();
  if (outcome.kind !== 'done') {
    counts[outcome.kind === 'refused' ? 'undone' : outcome.kind]++;
    if (outcome.kind === 'refused' || !(await happened())) {
      version.outcome = 'undone';
      if (outcome.kind === 'pending') defects.push(`${dimension.name}: reported as pending, but not committed`);
      return undefined;
    }
    version.outcome = 'committed';
    // A repeat may succeed only once the change is visible everywhere, so that acknowledges it.
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
