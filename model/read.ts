import { checkEntry, received, responded } from './check-entry.ts';
import { ENTRY, STAMPS } from './keys.ts';
import { accepts, canRead, currentStamps, get } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Reader, type Step, type World, withReader } from './world.ts';

/**
 * A reader's commands to Redis: the reads, then the guard, after which the results are checked. An Introspect begins with its
 * first command and ends with the check. A real one begins earlier and ends later, so the guarantee checked here is stronger.
 */
export function* stepsOfRead(world: World, variant: Variant, index: number): Generator<Step> {
  const reader = world.readers[index] as Reader;
  const { connection, step } = reader;
  const who = `reader ${index}`;
  const guardFirst = variant.flaw === 'the guard comes before the reads';
  const passesGuard = accepts(world, variant, connection, 'guard');
  const mayRead = canRead(connection);
  const afterReads = guardFirst ? `${who} checks the entry` : `${who} is past the guard`;
  switch (step) {
    case 'idle': {
      if (world.introspects === 0) return;
      const begun = begin(world, variant, index);
      if (variant.flaw === 'a request joins a lookup that has been sent') {
        for (const { response } of world.readers.filter((other) => other.step === 'fill next'))
          yield [`${who} joins a lookup that has been sent`, responded(begun, index, response)];
      }
      yield* firstCommand(begun);
      return;
    }
    case 'reread next':
      yield* firstCommand(world);
      return;
    case 'guard passed':
      if (mayRead) yield [`${who} reads the entry`, readEntry(world, index)];
      return;
    case 'entry read':
      // Without this read, the check responds from cached stamps, or reads again to get them.
      if (mayRead && received(reader).entry?.kind === 'state')
        yield [`${who} reads the stamps`, readStamps(world, index)];
      if (guardFirst || passesGuard) yield* checkEntry(world, variant, index, afterReads);
      return;
    case 'stamps read':
      if (guardFirst || passesGuard) yield* checkEntry(world, variant, index, afterReads);
  }

  function* firstCommand(before: World): Generator<Step> {
    if (guardFirst && passesGuard)
      yield [`${who} is past the guard`, withReader(before, index, { step: 'guard passed' })];
    if (!guardFirst && mayRead) yield [`${who} reads the entry`, readEntry(before, index)];
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

/**
 * CLIENT CACHING YES, MGET: the stamps that are not cached, tracked from now on. A real reader that has not
 * processed a push yet reads fewer; the order without this step covers that.
 */
function readStamps(world: World, index: number): World {
  const reader = world.readers[index] as Reader;
  const { connection, inbox, tracked } = reader;
  const { cached } = received(reader);
  const current = currentStamps(world, connection);
  const unknown = STAMPS.filter((stamp) => cached[stamp - 1] === 0);
  const replies = unknown.map((stamp) => ({ kind: 'stamp', stamp, id: current[stamp - 1] as number }) as const);
  return withReader(world, index, {
    step: 'stamps read',
    inbox: [...inbox, ...replies],
    tracked: [...new Set([...tracked, ...unknown])].sort(),
  });
}
