import { CHANGE_STEPS, type ChangeStep } from '../../../services/auth-server/store/authority/change-protocol.ts';
import type { TokenStateFence } from '../../../services/auth-server/token-state/cache.ts';
import type { StateSource } from '../../../services/introspection/read-path/auth-server.ts';
import type { Entries } from '../../support/read-path.ts';
import {
  BROKEN_ENTRIES,
  BROKEN_FENCES,
  type BrokenEntries,
  type BrokenFence,
  joiningLookupsInFlight,
  replaceSteps,
} from '../cluster/processes/broken-variants.ts';
import type { OneToken } from './one-token.ts';
import type { Order, Place, Schedule } from './schedule.ts';

/** One run: the order of its steps, and its faults. */
export interface Plan {
  readonly order: Order;
  readonly evictions: number;
  readonly replicas: readonly { readonly reachesRedis: boolean; readonly renews: boolean }[];
  /** Fences fail, and changes commit nevertheless. */
  readonly unfenced: boolean;
  /** The dimension whose first change crashes after its commit; the sweep completes that change. */
  readonly crashed: 'role' | 'scopes' | 'events' | 'none';
}

/** What the actors of one run share. */
export interface Context {
  readonly token: OneToken;
  readonly schedule: Schedule;
  readonly plan: Plan;
  readonly variant: Variant;
}

/** The protocol, correct or broken in one way. */
export interface Variant {
  /**
   * Lists of places. A run chooses one list; actors may stall at each of its places. For a broken variant: where stalls show
   * the flaw.
   */
  readonly stalls: readonly (readonly Place[])[];
  /** Parts of the plan of every run, if the flaw shows only with them. */
  readonly plan?: Partial<Omit<Plan, 'order'>>;
  /** Whether auth-server returns the state of its first query even if the version of the stamps has changed since. */
  readonly ignoresStampsVersion: boolean;
  fence(cache: TokenStateFence, token: OneToken, schedule: Schedule): TokenStateFence;
  entries(cache: Entries, token: OneToken): Entries;
  source(source: StateSource): StateSource;
}

const changesAt = (...steps: readonly ChangeStep[]): Place[][] =>
  ['role', 'scopes', 'events'].flatMap((who) => steps.map((step) => [{ who, step: `continues from ${step}` }]));
const isOfRole = ({ who }: Place) => who === 'role';
const replicaAt = (step: string): Place => ({ who: 'replica', step });

const READ_STEPS = ['finds', 'takes leases', 'reads the stamps', 'queries', 'receives', 'fills'];

export const CORRECT: Variant = {
  stalls: [...changesAt(...CHANGE_STEPS), ...READ_STEPS.map((step) => [replicaAt(step)])],
  ignoresStampsVersion: false,
  fence: (cache) => cache,
  entries: (cache) => cache,
  source: (source) => source,
};

const withFence = (name: BrokenFence, stalls: Variant['stalls'], plan: Variant['plan'] = {}): Variant => ({
  ...CORRECT,
  stalls,
  plan,
  fence(cache, token, schedule) {
    const later = (work: () => Promise<void>) =>
      void schedule.point('a drop', 'is late').then(() => schedule.run(work));
    return BROKEN_FENCES[name]({ cache, redis: token.redis, later });
  },
});

const withEntries = (name: BrokenEntries, stalls = CORRECT.stalls): Variant => ({
  ...CORRECT,
  stalls,
  entries(cache, token) {
    const steps = BROKEN_ENTRIES[name](cache, token.redis);
    return replaceSteps(cache, () => steps);
  },
});

/** The first change of the role crashes. One replica uses Redis; the other one reads only from auth-server. */
const CRASHES_AFTER_COMMIT: Variant['plan'] = {
  crashed: 'role',
  evictions: 0,
  unfenced: false,
  replicas: [
    { reachesRedis: true, renews: false },
    { reachesRedis: false, renews: false },
  ],
};

/** `fillsAnyGeneration` is missing: it needs a change of the generation, so it is only caught in runs with real processes. */
export const BROKEN: Readonly<Record<string, Variant>> = {
  acknowledgesBeforeDrop: withFence('acknowledgesBeforeDrop', [[{ who: 'a drop', step: 'is late' }]]),
  unfenced: withFence('unfenced', changesAt('fenced', 'committed')),
  // The sweep drops late for a change that crashed, and removes the fence of the next one.
  dropRemovesOtherFences: withFence(
    'dropRemovesOtherFences',
    [[{ who: 'the sweep', step: 'drops' }, ...changesAt('fenced', 'committed').flat().filter(isOfRole)]],
    CRASHES_AFTER_COMMIT,
  ),
  ignoresStampsVersion: { ...CORRECT, stalls: [[replicaAt('receives')]], ignoresStampsVersion: true },
  dropsToConstantStamp: withFence('dropsToConstantStamp', CORRECT.stalls),
  fillsWithoutLease: withEntries('fillsWithoutLease', [[replicaAt('receives')], [replicaAt('fills')]]),
  ignoresStamps: withEntries('ignoresStamps'),
  // A lookup is slow, and a reader that begins late joins it.
  joinsLookupsInFlight: {
    ...CORRECT,
    stalls: [[replicaAt('receives'), { who: 'reader 1', step: 'introspects' }]],
    source: joiningLookupsInFlight,
  },
};
