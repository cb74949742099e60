import { IDLE } from './first-world.ts';
import { STAMPS, type Stamp } from './keys.ts';
import { stepAfterMiss } from './miss.ts';
import type { Variant } from './variant.ts';
import {
  type Changes,
  type Reader,
  type StampIds,
  type State,
  type Step,
  type World,
  withEvent,
  withReader,
} from './world.ts';

/** What Postgres says is not older than the start of the Introspect that asks it: there is nothing to check any more. */
const FROM_POSTGRES = { acknowledged: 0, committed: 0 } as const;

export const withStamp = ([app, organization]: StampIds, stamp: Stamp, id: number): StampIds =>
  stamp === 1 ? [id, organization] : [app, id];

/** The reader once it has taken what lies in its connection, in order. */
export function received(reader: Reader): Reader {
  let { entry, held } = reader;
  for (const message of reader.inbox) {
    if (message.kind === 'entry') entry = message.value;
    else held = withStamp(held, message.stamp, message.kind === 'push' ? 0 : message.id);
  }
  return { ...reader, entry, held, inbox: [] };
}

/** What the reader does with what it has read: answers, reads the stamps that are missing, or asks auth-server. */
export function* judge(before: World, variant: Variant, index: number, what: string): Generator<Step> {
  const { entry, ...reader } = received(before.readers[index] as Reader);
  const world = withReader(before, index, { ...reader, entry: undefined });
  const to = (part: Partial<Reader>) => withReader(world, index, part);
  if (entry === undefined) {
    yield [`${what}, finds nothing`, to({ ...FROM_POSTGRES, step: stepAfterMiss(variant) })];
    return;
  }
  if (entry.kind !== 'state') {
    yield [`${what}, finds no state`, to(IDLE)];
    return;
  }
  const missing = STAMPS.some((stamp) => reader.held[stamp - 1] === 0);
  const differs = STAMPS.some((stamp) => ![0, entry.stamps[stamp - 1]].includes(reader.held[stamp - 1]));
  if (variant.flaw === 'the stamps of a state are not compared' || (!missing && !differs)) {
    yield* stands(world, index, entry, what);
  } else if (reader.step === 'entry read' && !differs) {
    yield [`${what}, finds a state and does not hold its stamps`, to({ step: 'stamps wanted', entry })];
  } else {
    yield [
      `${what}, finds a state with a stamp that does not stand`,
      to({ ...FROM_POSTGRES, step: 'Postgres next', claim: entry.id }),
    ];
  }
}

function* stands(world: World, index: number, state: State, what: string): Generator<Step> {
  const { id, answer } = state;
  yield [`${what} and answers`, answered(world, index, answer)];
  for (const other of world.readers) {
    if (other.step !== 'fill next' || other.claim !== id) continue;
    yield [`${what} and waits for the renewal in flight`, answered(world, index, other.answer)];
  }
  if (world.left.renew === 0) return;
  const renewing = { step: 'Postgres next', claim: id } as const;
  yield [`${what}, answers and renews`, answered(withEvent(world, 'renew'), index, answer, renewing)];
}

/**
 * The Introspect ends with this answer. A is broken if it lacks a change that had been acknowledged when it began, B if
 * it lacks one that had been committed: an Introspect without Redis may have answered from that by then.
 */
export function answered(world: World, index: number, answer: Changes, next: Partial<Reader> = IDLE): World {
  const { acknowledged, committed } = world.readers[index] as Reader;
  const outrun = (acknowledged & ~answer) !== 0 ? 'A' : undefined;
  const wentBack = (committed & ~answer & ~world.exempt) !== 0 ? 'B' : undefined;
  return { ...withReader(world, index, { ...IDLE, ...next }), violated: outrun ?? wentBack };
}
