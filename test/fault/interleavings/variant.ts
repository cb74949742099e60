import { CHANGE_STEPS, type ChangeStep } from '../../../services/auth-server/store/pg-authority.ts';
import type { TokenStateFence, TokenStateReader } from '../../../services/common/token-state/cache.ts';
import type { AnswerSource } from '../../../services/introspection/source/answer-source.ts';
import { SingleFlightSource } from '../../../services/introspection/source/single-flight-source.ts';
import { BROKEN_FENCES } from '../harness/processes/broken-fences.ts';
import { fillingWithoutLease, joiningReadsUnderWay } from '../harness/processes/broken-readers.ts';
import type { BrokenFence } from '../harness/processes/messages.ts';
import type { Place, Schedule } from './schedule.ts';
import type { SmallWorld } from './small-world.ts';

/** The protocol's parts, as they are or simplified in one way. */
export interface Variant {
  /** Where somebody is stalled, by choice: anywhere, or where the flaw shows when somebody is slow there. */
  readonly slowAt: readonly (readonly Place[])[];
  fence(cache: TokenStateFence, world: SmallWorld, schedule: Schedule): TokenStateFence;
  reader(cache: TokenStateReader, world: SmallWorld): TokenStateReader;
  flights(source: AnswerSource): AnswerSource;
}

const changesAt = (...steps: readonly ChangeStep[]): Place[][] =>
  ['role', 'scopes'].flatMap((who) => steps.map((step) => [{ who, step: `goes on from ${step}` }]));
const readAt = (step: string): Place => ({ who: 'replica', step });

export const THE_PROTOCOL: Variant = {
  slowAt: [...changesAt(...CHANGE_STEPS), ...['finds', 'asks', 'hears', 'fills'].map((step) => [readAt(step)])],
  fence: (cache) => cache,
  reader: (cache) => cache,
  flights: (source) => new SingleFlightSource(source),
};

const FENCES_SLOW_AT: Record<BrokenFence, Variant['slowAt']> = {
  acknowledgesBeforeDrop: [[{ who: 'a drop', step: 'is late' }]],
  unfenced: changesAt('fenced', 'committed'),
  fenceReplacesOthers: changesAt('fenced', 'committed'),
  dropTakesOtherFences: changesAt('fenced', 'committed'),
  writesNewState: [[{ who: 'a change that is late', step: 'writes its state' }]],
};

const brokenFences = Object.keys(BROKEN_FENCES).map((name): [string, Variant] => [
  name,
  {
    ...THE_PROTOCOL,
    slowAt: FENCES_SLOW_AT[name as BrokenFence],
    fence(cache, world, schedule) {
      const source = { answer: async () => ({ bytes: Buffer.from(await world.read()), expiresAt: 0 }) };
      // One after another: a change drops for others, too, all at once, and parks only once at a time.
      let turn = Promise.resolve();
      const late = () => {
        turn = turn.then(() => schedule.point('a change that is late', 'writes its state'));
        return turn;
      };
      const later = (work: () => Promise<void>) =>
        void schedule.beside('a drop', 'is late').then(() => schedule.does(work));
      const broken = BROKEN_FENCES[name as BrokenFence]({ cache, redis: world.redis, source, late, later });
      return {
        fence: broken.fence ?? ((changeId, hashes) => cache.fence(changeId, hashes)),
        drop: broken.drop ?? ((changeId, hashes) => cache.drop(changeId, hashes)),
      };
    },
  },
]);

/** All but `fillsAnyEpoch`, which takes a second Redis. */
export const BROKEN_VARIANTS: ReadonlyMap<string, Variant> = new Map([
  ...brokenFences,
  [
    'fillsWithoutLease',
    {
      ...THE_PROTOCOL,
      slowAt: [[readAt('hears')], [readAt('fills')]],
      reader: (cache, world) => fillingWithoutLease(cache, world.redis),
    },
  ],
  [
    'joinsReadUnderWay',
    // One asker's read takes long, and another one comes late.
    { ...THE_PROTOCOL, slowAt: [[readAt('hears'), { who: 'asker 1', step: 'asks' }]], flights: joiningReadsUnderWay },
  ],
]);
