import { APP, ENTRY, type Key, ORGANIZATION } from './keys.ts';
import type { Flaw, Variant } from './variant.ts';

type Events = Variant['events'];
type Size = readonly [changes: readonly Key[], introspects: number];

const holds = (name: string, events: Events, [changes, introspects]: Size): Variant => ({
  name: `the protocol, ${name}`,
  holds: true,
  promises: 'A and B',
  changes,
  introspects,
  events,
});

const COMMON_EVENTS = { disconnect: 1, renew: 1, expire: 1 };

const LARGE_ONLY: readonly Variant[] = [
  holds('Redis demoted after two copies', { copy: 2, switch: 1 }, [[ENTRY], 2]),
  { ...holds('a replaced primary still serves', { promote: 1 }, [[ENTRY], 2]), readers: 1 },
  holds('Redis demoted, promoted with older data', { copy: 1, switch: 2 }, [[ENTRY], 2]),
];

/** The protocol under each condition. Guarantee B (docs/caching.md) excludes changes that committed without a fence in Redis. */
export const protocol = (size: 'small' | 'large'): readonly Variant[] => {
  const of = (small: Size, large: Size) => (size === 'small' ? small : large);
  return [
    holds('a token and its app change', COMMON_EVENTS, of([[ENTRY, APP], 2], [[ENTRY, APP], 3])),
    holds('an app and an organization change', COMMON_EVENTS, of([[APP, ORGANIZATION], 2], [[APP, ORGANIZATION], 3])),
    holds('two changes of one app', COMMON_EVENTS, of([[APP, APP], 2], [[APP, APP], 3])),
    holds('changes at every level', {}, of([[ENTRY, APP, ORGANIZATION], 2], [[ENTRY, APP, ORGANIZATION], 3])),
    holds('other tokens of the app', { otherToken: 1 }, of([[ENTRY, APP], 2], [[APP, ORGANIZATION], 3])),
    holds('a Redis replica is attached', { attach: 1 }, of([[APP], 2], [[ENTRY, APP], 3])),
    holds('Redis restarts', { restart: 1 }, of([[APP], 2], [[ENTRY, APP], 3])),
    holds('keys are evicted', { evict: 2 }, of([[ENTRY, APP], 2], [[ENTRY, APP], 3])),
    holds('the record is evicted', { loseRecord: 1, evict: 1 }, of([[APP], 2], [[ENTRY, APP], 2])),
    holds('Redis unreachable for fences', { unfenced: 2, evict: 1 }, of([[ENTRY, APP], 2], [[ENTRY, APP], 3])),
    holds('failover restores older data', { copy: 1, failOver: 1 }, of([[APP], 2], [[ENTRY, APP], 2])),
    holds('Redis demoted after a copy', { copy: 1, switch: 1 }, of([[APP], 2], [[ENTRY, APP], 2])),
    holds('Redis demoted and promoted', { switch: 2 }, of([[APP], 2], [[APP], 3])),
    ...(size === 'small' ? [] : LARGE_ONLY),
  ];
};

const breaks = (
  flaw: Flaw,
  promises: 'A' | 'B',
  changes: readonly Key[],
  events: Events = {},
  introspects = 2,
): Variant => ({
  name: `broken: ${flaw}`,
  flaw,
  holds: false,
  promises: promises === 'A' ? 'A' : 'A and B',
  changes,
  introspects,
  events,
});

/** Simplifications that violate a guarantee, each with the events of the shortest counterexample. */
export const BROKEN: readonly Variant[] = [
  breaks('there is no guard', 'A', [ENTRY], { attach: 1 }),
  breaks('the guard comes before the reads', 'A', [ENTRY], { copy: 2, switch: 1 }),
  breaks('the guard does not check the identity', 'A', [ENTRY], { switch: 2 }),
  breaks('a demoted server accepts the guard', 'A', [ENTRY], { switch: 1 }),
  breaks('the record carries no identity', 'A', [ENTRY], { copy: 1, failOver: 1 }),
  {
    ...breaks('a new connection does not end the generation of another primary', 'A', [ENTRY], { promote: 1 }),
    readers: 1,
  },
  {
    ...breaks('a process does not wait for others to leave the old primary', 'A', [ENTRY], { promote: 1 }),
    readers: 1,
  },
  breaks('the fence does not check the generation', 'B', [ENTRY], { attach: 1 }),
  breaks('the fence does not check the identity', 'B', [ENTRY], { switch: 2 }),
  breaks('a demoted server accepts the fence', 'B', [ENTRY], { switch: 1 }),
  breaks('the drop does not check the generation', 'A', [ENTRY], { attach: 1 }),
  breaks('a demoted server accepts the drop', 'A', [ENTRY], { switch: 1 }),
  breaks('stamps are read after the lookup and their version is not compared', 'A', [APP]),
  breaks('changes keep the version of the stamps', 'A', [APP], { otherToken: 1 }),
  breaks('a drop keeps the version of the stamps', 'A', [APP], { evict: 1, otherToken: 1 }),
  breaks('a fence keeps the version of the stamps', 'B', [APP], { evict: 1, otherToken: 1 }),
  breaks('the version is compared with the one known at the reply, instead of the one before the lookup', 'A', [APP], {
    otherToken: 1,
  }),
  breaks('a fill writes the current stamps', 'A', [APP], { otherToken: 1 }),
  breaks('the stamps of a state are not compared', 'A', [APP]),
  breaks('cached stamps are kept after their connection has closed', 'A', [APP], { disconnect: 1 }, 3),
  breaks('pushes arrive on a different connection from replies', 'A', [APP], {}, 3),
  breaks('a fill needs no lease', 'A', [ENTRY]),
  breaks('the lease is taken after the lookup', 'A', [ENTRY]),
  breaks('a request joins a lookup that has been sent', 'A', [ENTRY]),
  breaks('a renewed state has the id of the one that it replaces', 'A', [APP], { renew: 1 }, 4),
  breaks('the fence comes after the commit', 'B', [ENTRY]),
  breaks('there is no fence', 'B', [ENTRY]),
  breaks('success comes before the drop', 'A', [ENTRY], { unfenced: 1 }),
  breaks('a dropped stamp is replaced by a constant', 'A', [APP], { otherToken: 1 }),
  breaks("a fence replaces another change's", 'B', [ENTRY, ENTRY]),
  breaks("a drop removes another change's fence", 'B', [ENTRY, ENTRY]),
  breaks('changes write the new state', 'A', [ENTRY, ENTRY]),
];

const redundant = (flaw: Flaw, events: Events): Variant => ({
  ...holds('', events, [[APP], 2]),
  name: `harmless for A and B: ${flaw}`,
  flaw,
});

/**
 * The protocol without one of the checks that A and B do not need: nothing reads what is written in an old generation, and the
 * stamps of one generation are never valid in another. With these checks a process notices that it must reconnect.
 */
export const REDUNDANT: readonly Variant[] = [
  redundant('the fill does not check the generation', { attach: 2 }),
  redundant('the fill does not check the generation', { switch: 2 }),
  redundant('the stamps script does not check the generation', { attach: 2 }),
  redundant('the stamps script does not check the generation', { switch: 2 }),
  redundant('the generation of the reply is not compared', { attach: 2 }),
  redundant('the generation of the reply is not compared', { switch: 2 }),
  redundant('the version is kept after its connection has closed', { attach: 2 }),
  redundant('the version is kept after its connection has closed', { copy: 1, failOver: 1 }),
  redundant('the version is kept after its connection has closed', { switch: 2 }),
  redundant('the drop does not check the identity', { switch: 2 }),
];
