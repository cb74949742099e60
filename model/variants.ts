import type { Variant } from './world.ts';

const lossy = { evictions: true, failover: true, crashes: true } as const;
const A = { promises: 'A' } as const;
const AB = { promises: 'A and B' } as const;

/** The protocol under the conditions it is meant for, and each simplification that people are tempted by. */
export const VARIANTS: readonly Variant[] = [
  { name: 'the protocol, Redis keeps what it holds', holds: true, ...AB, crashes: true },
  { name: 'the protocol, Redis may lose anything at any moment', holds: true, ...A, ...lossy },
  { name: 'the protocol, Redis unreachable for the fence', holds: true, ...A, ...lossy, unfenced: true },
  {
    name: 'broken: acknowledged before the entry is dropped',
    holds: false,
    ...A,
    ...lossy,
    acknowledgesBeforeDrop: true,
  },
  { name: 'broken: no fence before the commit', holds: false, ...AB, unfenced: true },
  { name: "broken: a fence replaces another change's", holds: false, ...AB, fenceReplacesOthers: true },
  { name: "broken: a drop takes another change's fence", holds: false, ...AB, dropTakesOtherFences: true },
  { name: 'broken: fills without a lease', holds: false, ...A, fillsWithoutLease: true },
  { name: 'broken: changes write the new state', holds: false, ...A, evictions: true, writesNewState: true },
  { name: 'broken: single-flight joins a read under way', holds: false, ...A, joinsReadUnderWay: true },
  { name: 'broken: a fill outlives a failover', holds: false, ...A, ...lossy, fillsAnyEpoch: true },
];
