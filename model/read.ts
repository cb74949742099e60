import { answered, judge, received } from './judge.ts';
import { ENTRY, STAMPS } from './keys.ts';
import { accepts, answersReads, get, standing } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Reader, type Step, type World, withReader } from './world.ts';

/**
 * A reader's turns with Redis: the reads, then the guard; what was read is looked at when the guard has answered.
 * An Introspect begins with its first command and ends with the judgement: the later it begins, and the sooner it ends,
 * the more is promised.
 */
export function* stepsOfRead(world: World, variant: Variant, index: number): Generator<Step> {
  const reader = world.readers[index] as Reader;
  const { connection, step } = reader;
  const who = `reader ${index}`;
  const guardFirst = variant.flaw === 'the guard comes before the reads';
  const guarded = accepts(world, variant, connection, 'guard');
  const open = answersReads(connection);
  const afterReads = guardFirst ? who : `${who} is past the guard`;
  switch (step) {
    case 'idle': {
      if (world.introspects === 0) return;
      const begun = begin(world, variant, index);
      if (variant.flaw === 'a request joins a question that has been sent') {
        for (const { answer } of world.readers.filter((other) => other.step === 'fill next'))
          yield [`${who} joins a question that has been sent`, answered(begun, index, answer)];
      }
      if (guardFirst && guarded) yield [`${who} is past the guard`, withReader(begun, index, { step: 'guard passed' })];
      if (!guardFirst && open) yield [`${who} reads the entry`, readEntry(begun, index)];
      return;
    }
    case 'guard passed':
      if (open) yield [`${who} reads the entry`, readEntry(world, index)];
      return;
    case 'entry read':
      // Another token of the same turn may want the stamps that this one will turn out to need.
      if (open && received(reader).entry?.kind === 'state') yield [`${who} reads the stamps`, readStamps(world, index)];
      if (guardFirst || guarded) yield* judge(world, variant, index, afterReads);
      return;
    case 'stamps wanted':
      if (guardFirst && guarded)
        yield [`${who} is past the guard`, withReader(world, index, { step: 'guard passed again' })];
      if (!guardFirst && open) yield [`${who} reads the stamps`, readStamps(world, index)];
      return;
    case 'guard passed again':
      if (open) yield [`${who} reads the stamps`, readStamps(world, index)];
      return;
    case 'stamps read':
      if (guardFirst || guarded) yield* judge(world, variant, index, afterReads);
  }
}

const begin = (world: World, { promises }: Variant, index: number): World =>
  withReader({ ...world, introspects: world.introspects - 1 }, index, {
    acknowledged: world.acknowledged,
    committed: promises === 'A' ? 0 : world.committed,
  });

function readEntry(world: World, index: number): World {
  const { connection, inbox } = world.readers[index] as Reader;
  const value = get(world, connection, ENTRY);
  return withReader(world, index, { step: 'entry read', inbox: [...inbox, { kind: 'entry', value }] });
}

/** CLIENT CACHING YES, MGET: the stamps that are not held, tracked from now on. */
function readStamps(world: World, index: number): World {
  const { connection, inbox, held, tracked } = world.readers[index] as Reader;
  const stand = standing(world, connection);
  const wanted = STAMPS.filter((stamp) => held[stamp - 1] === 0);
  const replies = wanted.map((stamp) => ({ kind: 'stamp', stamp, id: stand[stamp - 1] as number }) as const);
  return withReader(world, index, {
    step: 'stamps read',
    inbox: [...inbox, ...replies],
    tracked: [...new Set([...tracked, ...wanted])].sort(),
  });
}
