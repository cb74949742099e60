import type { AuthClient } from '../harness/auth-client.ts';
import type { Random } from '../harness/random.ts';
import type { Truth } from './truth.ts';

/** How the changes of a run came out. */
export interface ChangeCounts {
  acknowledged: number;
  /** Refused by a rule, or rolled back. */
  undone: number;
  /** PROPAGATION_PENDING. */
  pending: number;
  /** Without an answer that says. */
  unknown: number;
}

/** What every changer of a run works with. */
export interface Workplace {
  readonly truth: Truth;
  readonly random: Random;
  /** Aborted when no more changes are to begin. */
  readonly closing: AbortSignal;
  readonly counts: ChangeCounts;
  /** What must not be, besides wrong answers. */
  readonly defects: string[];
}

/** One of a tenant's changers: which auth-server it calls, and how long it rests between changes. */
export interface Shift {
  readonly client: AuthClient;
  readonly restMs: number;
}

/** Works until closing time, with random rests. */
export async function work({ random, closing }: Workplace, restMs: number, step: () => Promise<void>): Promise<void> {
  while (!closing.aborted) {
    await step();
    await rest(closing, restMs * 2 * random.next());
  }
}

/** Sleeps, but not beyond closing time. */
export function rest(closing: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    closing.addEventListener('abort', wake);
  });
}
