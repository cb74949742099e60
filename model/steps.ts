import {
  type Change,
  type Entry,
  IDLE_READER,
  type Reader,
  type Variant,
  type World,
  withChange,
  withReader,
} from './world.ts';

/** A step that may happen next: what it is called, and the world after it. */
export type Step = readonly [name: string, after: World];

const MOST_LOSSES = 2;

/** Every step that is possible in this world. */
export function* stepsOf(world: World, variant: Variant, introspects: number): Generator<Step> {
  for (const [index, change] of world.changes.entries()) yield* stepsOfChange(world, variant, index, change);
  yield* stepsOfRedis(world, variant);
  for (const [index, reader] of world.readers.entries()) {
    if (reader.answered < introspects || reader.step !== 'idle') yield* stepsOfReader(world, variant, index, reader);
  }
}

/** PgAuthority.change(), and the sweep of what it left when its process died. */
function* stepsOfChange(world: World, variant: Variant, index: number, change: Change): Generator<Step> {
  const who = `change ${index}`;
  const to = (next: Partial<Change>, rest: Partial<World> = {}) => ({ ...withChange(world, index, next), ...rest });
  const drop = () => ({ entry: dropped(world, variant, index, change), lastId: world.lastId + 1 });
  if (change.dead) {
    if (change.owed) yield [`the sweep drops for ${who}`, to({ owed: false }, drop())];
    return;
  }
  switch (change.step) {
    case 'idle':
      yield [`${who} begins`, to({ step: 'begun' })];
      return;
    case 'begun':
      if (variant.unfenced) yield [`${who} cannot fence`, to({ step: 'fenced' })];
      else yield [`${who} fences`, to({ step: 'fenced' }, { entry: fenced(world, variant, index) })];
      break;
    case 'fenced': {
      const version = world.commits + 1;
      yield [`${who} commits`, to({ step: 'committed', version, owed: true }, { commits: version })];
      yield [`${who} rolls back`, to({ step: 'rolled back' }, drop())];
      break;
    }
    case 'committed':
      if (variant.acknowledgesBeforeDrop)
        yield [`${who} acknowledges`, to({ step: 'dropped' }, acknowledge(world, change))];
      else yield [`${who} drops`, to({ step: 'dropped', owed: false }, drop())];
      break;
    case 'dropped':
      if (variant.acknowledgesBeforeDrop) yield [`${who} drops`, to({ step: 'acknowledged', owed: false }, drop())];
      else yield [`${who} acknowledges`, to({ step: 'acknowledged' }, acknowledge(world, change))];
      break;
    default:
      return;
  }
  if (variant.crashes) yield [`${who} dies`, to({ dead: true })];
}

const acknowledge = (world: World, { version }: Change) => ({ acknowledged: Math.max(world.acknowledged, version) });

function fenced({ entry }: World, variant: Variant, index: number): Entry {
  const others = entry?.kind === 'fence' && !variant.fenceReplacesOthers ? entry.changes : 0;
  return { kind: 'fence', changes: others | (1 << index) };
}

function dropped(world: World, variant: Variant, index: number, change: Change): Entry | undefined {
  const { entry } = world;
  if (entry?.kind === 'fence' && !variant.dropTakesOtherFences) {
    const changes = entry.changes & ~(1 << index);
    if (changes !== 0) return { kind: 'fence', changes };
  }
  if (variant.writesNewState && change.version > 0)
    return { kind: 'state', version: change.version, id: world.lastId + 1 };
  return undefined;
}

/** A fence expires, but not while a change that put it may still commit: its transaction is shorter than its fence. */
function* stepsOfRedis(world: World, variant: Variant): Generator<Step> {
  const { entry } = world;
  const mayExpire =
    entry?.kind !== 'fence' ||
    !world.changes.some(({ step, dead }, index) => step === 'fenced' && !dead && entry.changes & (1 << index));
  if (entry && variant.evictions && world.losses < MOST_LOSSES) {
    yield ['the entry is evicted', { ...world, entry: undefined, losses: world.losses + 1 }];
  } else if (entry && !variant.evictions && mayExpire) {
    yield ['the entry expires', { ...world, entry: undefined }];
  }
  if (variant.failover && world.epoch === 0) yield ['Redis fails over, cold', { ...world, epoch: 1, entry: undefined }];
}

/** Introspect on one replica. */
function* stepsOfReader(world: World, variant: Variant, index: number, reader: Reader): Generator<Step> {
  const who = `replica ${index}`;
  const to = (next: Partial<Reader>, rest: Partial<World> = {}) => ({ ...withReader(world, index, next), ...rest });
  const { entry, epoch, commits: version } = world;
  switch (reader.step) {
    case 'idle':
      yield [`${who} starts`, to({ step: 'asking the cache', acknowledged: world.acknowledged, seen: world.seen })];
      return;
    case 'asking the cache': {
      yield [`${who} cannot reach Redis`, to({ step: 'asking Postgres' })];
      if (entry?.kind === 'state') {
        yield [`${who} reads a state`, answered(world, variant, index, entry.version)];
        yield [
          `${who} reads a state past its freshness`,
          to({ step: 'refreshing', version: entry.version, claim: entry.id, epoch }),
        ];
      } else if (entry || variant.fillsWithoutLease) yield [`${who} misses`, to({ step: 'asking Postgres', epoch })];
      else {
        const id = world.lastId + 1;
        const taken = { entry: { kind: 'lease', id } as const, lastId: id };
        yield [`${who} takes the lease`, to({ step: 'asking Postgres', claim: id, epoch }, taken)];
      }
      return;
    }
    case 'refreshing':
      yield [`${who} cannot reach auth-server`, answered(world, variant, index, reader.version)];
      yield [`${who} reads Postgres to refresh`, to({ step: 'filling', version })];
      return;
    case 'asking Postgres':
      if (variant.joinsReadUnderWay) {
        const flight = world.readers.find((other) => other !== reader && other.step === 'filling');
        if (flight) yield [`${who} joins a read under way`, answered(world, variant, index, flight.version)];
      }
      yield [`${who} reads Postgres`, to({ step: 'filling', version })];
      return;
    case 'filling':
      yield [`${who} fills and answers`, answered(filled(world, variant, reader), variant, index, reader.version)];
  }
}

function filled(world: World, variant: Variant, reader: Reader): World {
  const { entry } = world;
  const claimStands = reader.claim !== 0 && entry !== undefined && entry.kind !== 'fence' && entry.id === reader.claim;
  const coldButTaken =
    variant.fillsAnyEpoch && reader.claim !== 0 && world.epoch !== reader.epoch && entry === undefined;
  const allowed = variant.fillsWithoutLease || coldButTaken || (claimStands && world.epoch === reader.epoch);
  if (!allowed) return world;
  const id = world.lastId + 1;
  return { ...world, lastId: id, entry: { kind: 'state', version: reader.version, id } };
}

function answered(world: World, variant: Variant, index: number, version: number): World {
  const reader = world.readers[index] as Reader;
  const after = withReader(world, index, { ...IDLE_READER, answered: reader.answered + 1 });
  const outrun = version < reader.acknowledged ? 'A' : undefined;
  const wentBack = version < reader.seen && variant.promises === 'A and B' ? 'B' : undefined;
  return { ...after, seen: Math.max(world.seen, version), violated: outrun ?? wentBack };
}
