import { stepsOfLookup } from './auth-server.ts';
import { IDLE } from './initial-world.ts';
import { ENTRY } from './keys.ts';
import { accepts, canWrite, currentStamps, get, put } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Reader, type ReaderStep, type Step, type World, withReader } from './world.ts';

/**
 * The steps of a miss or a renewal: lease (unless there is a state to replace), lookup by auth-server, fill. A miss responds from
 * Postgres even if it does not fill (a fence, another reader's lease, no Redis); the model leaves that response out.
 */
export function* stepsOfMiss(world: World, variant: Variant, index: number): Generator<Step> {
  const reader = world.readers[index] as Reader;
  const { connection, step } = reader;
  const who = `reader ${index}`;
  switch (step) {
    case 'lease next': {
      if (!canWrite(world, connection) || get(world, connection, ENTRY)) {
        yield [`${who} gets no lease`, withReader(world, index, IDLE)];
        return;
      }
      const id = world.lastId + 1;
      const after = put({ ...world, lastId: id }, variant, connection, ENTRY, { kind: 'lease', id });
      yield [`${who} takes the lease`, withReader(after, index, { claim: id, step: stepAfterLease(variant) })];
      return;
    }
    case 'Postgres next':
    case 'stamps next':
    case 'Postgres again':
      yield* stepsOfLookup(world, variant, index);
      return;
    case 'fill next':
      if (!sameGeneration(reader, variant)) yield [`${who} does not fill`, withReader(world, index, IDLE)];
      else if (accepts(world, variant, connection, 'fill')) yield [`${who} fills`, fill(world, variant, index)];
  }
}

export const stepAfterMiss = ({ flaw }: Variant): ReaderStep =>
  flaw === 'the lease is taken after the lookup' || flaw === 'a fill needs no lease' ? 'Postgres next' : 'lease next';

const stepAfterLease = (variant: Variant): ReaderStep =>
  variant.flaw === 'the lease is taken after the lookup' ? 'fill next' : 'Postgres next';

const sameGeneration = ({ stampsGeneration, connection }: Reader, { flaw }: Variant): boolean =>
  flaw === 'the generation of the reply is not compared' || stampsGeneration === connection.generation;

function fill(world: World, variant: Variant, index: number): World {
  const { flaw } = variant;
  const { connection, claim, stamps, response } = world.readers[index] as Reader;
  const done = withReader(world, index, IDLE);
  const entry = get(world, connection, ENTRY);
  const claimed = (entry?.kind === 'lease' || entry?.kind === 'state') && entry.id === claim;
  if (!claimed && (flaw !== 'a fill needs no lease' || entry?.kind === 'fence')) return done;
  const written = flaw === 'a fill writes the current stamps' ? currentStamps(world, connection) : stamps;
  if (written.includes(0)) return done;
  const id =
    flaw === 'a renewed state has the id of the one that it replaces' && entry?.kind === 'state'
      ? entry.id
      : world.lastId + 1;
  const state = { kind: 'state', response, stamps: written, id } as const;
  return put({ ...done, lastId: Math.max(world.lastId, id) }, variant, connection, ENTRY, state);
}
