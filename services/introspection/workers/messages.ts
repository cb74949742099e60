import type { Numbers } from '../metrics.ts';

/** What the pool says to a worker. */
export type ToWorker = { readonly kind: 'stop' } | { readonly kind: 'measure'; readonly question: number };

/** What a worker says to the pool. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly addresses: Record<string, string> }
  | { readonly kind: 'measured'; readonly question: number; readonly numbers: Numbers };
