import { CHANGE_STEPS, type ChangeStep } from '../../../services/auth-server/store/pg-authority.ts';
import type { TokenStateFence } from '../../../services/common/token-state/cache.ts';
import type { StateSource } from '../../../services/introspection/read-path/auth-server.ts';
import type { Entries } from '../../support/read-path.ts';
import { BROKEN_FENCES } from '../harness/processes/broken-fences.ts';
import { fillingWithoutLease, ignoringStamps, joiningQuestionsInFlight } from '../harness/processes/broken-readers.ts';
import type { BrokenFence } from '../harness/processes/messages.ts';
import type { Plan } from './plan.ts';
import type { Place, Schedule } from './schedule.ts';
import type { SmallWorld } from './small-world.ts';

/** The protocol's parts, as they are or simplified in one way. */
export interface Variant {
  /** Where somebody is stalled, by choice: anywhere, or where the flaw shows when somebody is slow there. */
  readonly slowAt: readonly (readonly Place[])[];
  /** What goes wrong besides in every run, where the flaw shows in nothing else. */
  readonly amid?: Partial<Pick<Plan, 'evictions' | 'replicas' | 'unfenced' | 'dies'>>;
  /** Whether auth-server reads the stamps after Postgres. */
  readonly readsStampsLate: boolean;
  fence(cache: TokenStateFence, world: SmallWorld, schedule: Schedule): TokenStateFence;
  entries(cache: Entries, world: SmallWorld): Entries;
  source(source: StateSource): StateSource;
}

const changesAt = (...steps: readonly ChangeStep[]): Place[][] =>
  ['role', 'scopes', 'events'].flatMap((who) => steps.map((step) => [{ who, step: `goes on from ${step}` }]));
const readAt = (step: string): Place => ({ who: 'replica', step });

const READER_STEPS = ['finds', 'takes leases', 'reads the stamps', 'asks', 'hears', 'fills'];

export const THE_PROTOCOL: Variant = {
  slowAt: [...changesAt(...CHANGE_STEPS), ...READER_STEPS.map((step) => [readAt(step)])],
  readsStampsLate: false,
  fence: (cache) => cache,
  entries: (cache) => cache,
  source: (source) => source,
};

/** `dropsIntoFixedStamp` shows in runs with real processes alone: the small world changes too little beside a question. */
type ShownHere = Exclude<BrokenFence, 'dropsIntoFixedStamp'>;

const FENCES_SLOW_AT: Record<ShownHere, Variant['slowAt']> = {
  acknowledgesBeforeDrop: [[{ who: 'a drop', step: 'is late' }]],
  unfenced: changesAt('fenced', 'committed'),
  // The sweep is late with the drop of a change that died, and takes the fence of the next one.
  dropTakesOtherFences: [
    [
      { who: 'the sweep', step: 'drops' },
      { who: 'role', step: 'goes on from fenced' },
      { who: 'role', step: 'goes on from committed' },
    ],
  ],
};

/** One replica caches, the other one sees Postgres alone. */
const A_CHANGE_DIES: Variant['amid'] = {
  dies: 'role',
  evictions: 0,
  unfenced: false,
  replicas: [
    { reaches: true, renews: false },
    { reaches: false, renews: false },
  ],
};

const brokenFences = Object.entries(FENCES_SLOW_AT).map(([name, slowAt]): [string, Variant] => [
  name,
  {
    ...THE_PROTOCOL,
    slowAt,
    ...(name === 'dropTakesOtherFences' && { amid: A_CHANGE_DIES }),
    fence(cache, world, schedule) {
      const later = (work: () => Promise<void>) =>
        void schedule.beside('a drop', 'is late').then(() => schedule.does(work));
      const broken = BROKEN_FENCES[name as ShownHere]({ cache, redis: world.redis, later });
      return {
        fence: broken.fence ?? ((changeId, keys) => cache.fence(changeId, keys)),
        drop: broken.drop ?? ((changeId, keys) => cache.drop(changeId, keys)),
      };
    },
  },
]);

/** All but `fillsAnyGeneration`, which takes a second Redis. */
export const BROKEN_VARIANTS: ReadonlyMap<string, Variant> = new Map([
  ...brokenFences,
  ['readsStampsLate', { ...THE_PROTOCOL, slowAt: [[readAt('hears')]], readsStampsLate: true }],
  [
    'fillsWithoutLease',
    {
      ...THE_PROTOCOL,
      slowAt: [[readAt('hears')], [readAt('fills')]],
      entries: (cache, world) => fillingWithoutLease(cache, world.redis),
    },
  ],
  ['ignoresStamps', { ...THE_PROTOCOL, entries: (cache, world) => ignoringStamps(cache, world.redis) }],
  [
    'joinsQuestionsInFlight',
    // One asker's read takes long, and another one comes late.
    {
      ...THE_PROTOCOL,
      slowAt: [[readAt('hears'), { who: 'asker 1', step: 'asks' }]],
      source: joiningQuestionsInFlight,
    },
  ],
]);
