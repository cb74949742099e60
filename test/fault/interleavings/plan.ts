import type { Order } from './schedule.ts';

/** One run of the small world: the order of its steps, and what goes wrong in it. */
export interface Plan {
  readonly order: Order;
  readonly evictions: number;
  /** For each replica, whether it reaches Redis, and whether it finds states past their freshness. */
  readonly replicas: readonly { readonly reaches: boolean; readonly renews: boolean }[];
  /** Fences fail, and changes commit all the same. */
  readonly unfenced: boolean;
  /** Whose first change dies right after its commit; a sweep does the rest. */
  readonly dies: 'role' | 'scopes' | 'events' | 'nobody';
}
