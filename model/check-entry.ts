import { IDLE } from './initial-world.ts';
import { APP, STAMPS, type Stamp } from './keys.ts';
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

/** A state from Postgres is read after the Introspect began, so there is nothing to check. */
const FROM_POSTGRES = { acknowledged: 0, committed: 0 } as const;

/** Cached for a stamp that was missing or fenced when it was read. No stamp has this id. */
const NO_ID = -1;

export const withStamp = ([app, organization]: StampIds, stamp: Stamp, id: number): StampIds =>
  stamp === APP ? [id, organization] : [app, id];

/** The reader after processing the messages of its connection, in order. */
export function received(reader: Reader): Reader {
  let { entry, cached } = reader;
  for (const message of reader.inbox) {
    if (message.kind === 'entry') entry = message.value;
    else cached = withStamp(cached, message.stamp, message.kind === 'push' ? 0 : message.id || NO_ID);
  }
  return { ...reader, entry, cached, inbox: [] };
}

/**
 * The reader's next step after a read: it responds, reads again with the stamps that are not cached, or begins a miss. At a fence
 * or another reader's lease, the Introspect ends here (miss.ts).
 */
export function* checkEntry(before: World, variant: Variant, index: number, what: string): Generator<Step> {
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
  const unknown = STAMPS.some((stamp) => reader.cached[stamp - 1] === 0);
  const differs = STAMPS.some((stamp) => ![0, entry.stamps[stamp - 1]].includes(reader.cached[stamp - 1]));
  if (variant.flaw === 'the stamps of a state are not compared' || (!unknown && !differs)) {
    yield* respondFrom(world, index, entry, what);
  } else if (!differs) {
    yield [`${what}, finds a state whose stamps are not cached`, to({ step: 'reread next' })];
  } else {
    yield [
      `${what}, finds a state with a changed stamp`,
      to({ ...FROM_POSTGRES, step: 'Postgres next', claim: entry.id }),
    ];
  }
}

function* respondFrom(world: World, index: number, state: State, what: string): Generator<Step> {
  const { id, response } = state;
  yield [`${what} and responds`, responded(world, index, response)];
  for (const other of world.readers) {
    if (other.step !== 'fill next' || other.claim !== id) continue;
    yield [`${what} and waits for the renewal in flight`, responded(world, index, other.response)];
  }
  if (world.left.renew === 0) return;
  const renewing = { step: 'Postgres next', claim: id } as const;
  yield [`${what}, responds and renews`, responded(withEvent(world, 'renew'), index, response, renewing)];
}

/**
 * The Introspect ends with this response. A is violated if it lacks a change that was acknowledged when the Introspect began,
 * B if it lacks one that was committed then and is not exempt: an Introspect without Redis may already have returned that one.
 */
export function responded(world: World, index: number, response: Changes, next: Partial<Reader> = IDLE): World {
  const { acknowledged, committed } = world.readers[index] as Reader;
  const violatesA = (acknowledged & ~response) !== 0 ? 'A' : undefined;
  const violatesB = (committed & ~response & ~world.exempt) !== 0 ? 'B' : undefined;
  return { ...withReader(world, index, { ...IDLE, ...next }), violated: violatesA ?? violatesB };
}
