import { IDLE } from './initial-world.ts';
import { APP, ORGANIZATION, STAMPS, VERSION } from './keys.ts';
import { connectionsFor, currentStamps, get, put } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Connection, type Reader, type Step, type World, withEvent, withReader } from './world.ts';

/** Ids of stamps in a broken variant. None of them is 0 or NO_ID (check-entry.ts). */
const FIXED_IDS = { [APP]: -2, [ORGANIZATION]: -3, [VERSION]: -4 } as const;

/**
 * Auth-server looks up a state for a reader: Postgres, then the stamps and their version. If the version is the one that it
 * knew before the query, no stamp has been dropped since; otherwise it queries Postgres again.
 */
export function* stepsOfLookup(world: World, variant: Variant, index: number): Generator<Step> {
  const { step } = world.readers[index] as Reader;
  const response = { response: world.committed };
  switch (step) {
    case 'Postgres next': {
      const after = withReader(world, index, { ...response, step: 'stamps next', version: world.version });
      yield [`auth-server queries Postgres for reader ${index}`, after];
      return;
    }
    case 'stamps next':
      for (const via of connectionsFor(world, variant, world.authServer, 'stamps script')) {
        const before = withAuthServer(via.world, variant, via.connection);
        const after = replyStamps(runStampsScript(before, variant), before, variant, index);
        yield [`auth-server ${via.how}reads the stamps for reader ${index}`, after];
      }
      return;
    case 'Postgres again': {
      const after = withReader(world, index, { ...response, step: stepAfterReply(world, variant, index) });
      yield [`auth-server queries Postgres again for reader ${index}`, after];
    }
  }
}

/** Auth-server reads the stamps for a lookup of another token of the same app and organization. */
export function* stepsOfOtherToken(world: World, variant: Variant): Generator<Step> {
  for (const via of connectionsFor(world, variant, world.authServer, 'stamps script')) {
    const before = withAuthServer(withEvent(via.world, 'otherToken'), variant, via.connection);
    yield [`auth-server ${via.how}reads the stamps for another token`, runStampsScript(before, variant)];
  }
}

function replyStamps(world: World, before: World, variant: Variant, index: number): World {
  const { flaw } = variant;
  const stamps = currentStamps(world, world.authServer);
  if (stamps.includes(0)) return withReader(world, index, IDLE);
  const known =
    flaw === 'the version is compared with the one known at the reply, instead of the one before the lookup'
      ? before.version
      : (world.readers[index] as Reader).version;
  const isCurrent =
    flaw === 'stamps are read after the lookup and their version is not compared' ||
    (known !== 0 && known === world.version);
  const step = isCurrent ? stepAfterReply(world, variant, index) : 'Postgres again';
  return withReader(world, index, { step, stamps, stampsGeneration: world.authServer.generation });
}

/** Only in a broken variant is there no claim at this step. */
function stepAfterReply(world: World, { flaw }: Variant, index: number): Reader['step'] {
  const { claim } = world.readers[index] as Reader;
  return claim !== 0 || flaw === 'a fill needs no lease' ? 'fill next' : 'lease next';
}

/** Creates missing stamps and a missing version; auth-server knows the version afterwards, unless it is fenced. */
function runStampsScript(world: World, variant: Variant): World {
  const { authServer } = world;
  let after = world;
  for (const key of [...STAMPS, VERSION] as const) {
    if (get(after, authServer, key)) continue;
    const id = variant.flaw === 'a dropped stamp is replaced by a constant' ? FIXED_IDS[key] : after.lastId + 1;
    after = put({ ...after, lastId: Math.max(after.lastId, id) }, variant, authServer, key, { kind: 'stamp', id });
  }
  const version = get(after, authServer, VERSION);
  return { ...after, version: version?.kind === 'stamp' ? version.id : 0 };
}

/** Auth-server uses this connection from now on. It does not know the version yet if the connection is new. */
export function withAuthServer(world: World, { flaw }: Variant, connection: Connection): World {
  const { server, generation } = world.authServer;
  const isSame = server === connection.server && generation === connection.generation;
  const version = isSame || flaw === 'the version is kept after its connection has closed' ? world.version : 0;
  return { ...world, authServer: connection, version };
}
