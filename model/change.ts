import { withAuthServer } from './auth-server.ts';
import { CLOSED } from './initial-world.ts';
import { ENTRY, KEY_NAMES, type StoredKey, VERSION } from './keys.ts';
import { canWrite, connectionsFor, currentStamps, get, put } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Change, type Connection, type Step, type World, withChange, withEvent } from './world.ts';

/**
 * A change: fence, commit, drop, success. A process that has crashed takes no more of these steps. A crash after the commit is
 * not a step here: any change may stop before its next step, the sweep may drop at any time, and a repeat of the call reports
 * success.
 */
export function* stepsOfChange(world: World, variant: Variant, index: number): Generator<Step> {
  const { step, key, connection } = world.changes[index] as Change;
  const name = `change ${index}`;
  const to = (next: Change['step'], rest = world) => withChange(rest, index, { step: next });
  const ended = (rest: World) => withChange(rest, index, { step: 'given up', connection: CLOSED });
  switch (step) {
    case 'idle': {
      const { flaw } = variant;
      if (flaw === 'there is no fence') yield [`${name} commits`, to('committed', commit(world, variant, index))];
      else if (flaw === 'the fence comes after the commit')
        yield [`${name} commits`, to('fence next', commit(world, variant, index))];
      else yield* stepsOfFence(world, variant, index, 'fenced');
      if (world.left.unfenced > 0) {
        const unfenced = { ...withEvent(world, 'unfenced'), exempt: world.exempt | (1 << index) };
        yield [`${name} cannot fence and commits`, to('committed', commit(unfenced, variant, index))];
      }
      return;
    }
    case 'fence next':
      yield* stepsOfFence(world, variant, index, 'committed');
      return;
    case 'fenced':
      yield [`${name} commits`, to('committed', commit(world, variant, index))];
      yield [`${name} crashes`, ended(world)];
      for (const via of connectionsFor(world, variant, connection, 'drop'))
        yield [`${name} ${via.how}rolls back`, ended(drop(via.world, variant, index, via.connection))];
      return;
    case 'committed':
      for (const via of connectionsFor(world, variant, connection, 'drop'))
        yield [`${name} ${via.how}drops ${KEY_NAMES[key]}`, succeed(via.world, variant, index, via.connection)];
      for (const via of connectionsFor(world, variant, world.authServer, 'drop')) {
        const after = succeed(via.world, variant, index, via.connection);
        yield [`auth-server ${via.how}sweeps ${KEY_NAMES[key]}`, withAuthServer(after, variant, via.connection)];
      }
  }
}

function* stepsOfFence(world: World, variant: Variant, index: number, step: Change['step']): Generator<Step> {
  const { key, connection } = world.changes[index] as Change;
  for (const via of connectionsFor(world, variant, connection, 'fence')) {
    const after = withChange(fence(via.world, variant, index, via.connection), index, {
      step,
      connection: via.connection,
    });
    yield [`change ${index} ${via.how}fences ${KEY_NAMES[key]}`, after];
  }
}

/** The keys that a change fences and drops. A change of a stamp also fences and drops the version of the stamps. */
function keysOf({ key }: Change, { flaw }: Variant, script: 'fence' | 'drop'): readonly StoredKey[] {
  const keepsVersion =
    flaw === 'changes keep the version of the stamps' || flaw === `a ${script} keeps the version of the stamps`;
  return key === ENTRY || keepsVersion ? [key] : [key, VERSION];
}

/** A demoted server, which accepts fences and drops in a broken variant, writes nothing. */
function fence(world: World, variant: Variant, index: number, connection: Connection): World {
  if (!canWrite(world, connection)) return world;
  return keysOf(world.changes[index] as Change, variant, 'fence').reduce((before, key) => {
    const value = get(before, connection, key);
    const others = value?.kind === 'fence' && variant.flaw !== "a fence replaces another change's" ? value.changes : 0;
    return put(before, variant, connection, key, { kind: 'fence', changes: others | (1 << index) });
  }, world);
}

function commit(world: World, { flaw }: Variant, index: number): World {
  const bit = 1 << index;
  const committed = world.committed | bit;
  const after = flaw === 'changes write the new state' ? withChange(world, index, { writes: committed }) : world;
  const acknowledged = flaw === 'success comes before the drop' ? bit : 0;
  return { ...after, committed, acknowledged: world.acknowledged | acknowledged };
}

/** The drop and the success as one step, because the guarantee starts with the success. */
function succeed(world: World, variant: Variant, index: number, connection: Connection): World {
  const dropped = drop(world, variant, index, connection);
  const after = withChange(dropped, index, { step: 'dropped', connection: CLOSED });
  return { ...after, acknowledged: after.acknowledged | (1 << index) };
}

function drop(world: World, variant: Variant, index: number, connection: Connection): World {
  if (!canWrite(world, connection)) return world;
  return keysOf(world.changes[index] as Change, variant, 'drop').reduce(
    (before, key) => dropKey(before, variant, index, connection, key),
    world,
  );
}

function dropKey(world: World, variant: Variant, index: number, connection: Connection, key: StoredKey): World {
  const { writes } = world.changes[index] as Change;
  const before = get(world, connection, key);
  if (before?.kind === 'fence' && variant.flaw !== "a drop removes another change's fence") {
    const changes = before.changes & ~(1 << index);
    if (changes !== 0) return put(world, variant, connection, key, { kind: 'fence', changes });
  }
  if (key !== ENTRY || writes === 0) return put(world, variant, connection, key, undefined);
  const id = world.lastId + 1;
  const state = { kind: 'state', response: writes, stamps: currentStamps(world, connection), id } as const;
  return put({ ...world, lastId: id }, variant, connection, key, state);
}
