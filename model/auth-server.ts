import { IDLE, NO_STAMPS } from './first-world.ts';
import { APP, KEY_NAMES, ORGANIZATION, STAMPS, type Stamp } from './keys.ts';
import { connectionsFor, get, put, standing } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Connection, type StampIds, type Step, type World, withEvent, withReader } from './world.ts';

/** A way in which auth-server comes by the stamps of a question, and the world after it. */
interface StampsKnown {
  readonly how: string;
  readonly world: World;
  readonly stamps: StampIds;
}

/** The stamps of a reader's question. */
export function* stepsOfStamps(world: World, variant: Variant, index: number): Generator<Step> {
  for (const { how, world: after, stamps } of waysToStamps(world, variant))
    yield [`${how} for reader ${index}`, replyStamps(after, variant, index, stamps)];
}

/** The stamps of a question about another token of the same app and organization. */
export function* stepsOfOtherToken(world: World, variant: Variant): Generator<Step> {
  for (const { how, world: after } of waysToStamps(withEvent(world, 'otherToken'), variant))
    yield [`${how} for another token`, after];
}

/**
 * It uses stamps that it remembers, however old they are, and reads the others. It may have forgotten any of them. The
 * question may also reach another auth-server, which remembers nothing.
 */
function* waysToStamps(world: World, variant: Variant): Generator<StampsKnown> {
  const { authServer, remembered } = world;
  if (!remembered.includes(0)) yield { how: 'auth-server remembers the stamps', world, stamps: remembered };
  for (const via of connectionsFor(world, variant, authServer, 'stamps script')) {
    const before = withAuthServer(via.world, variant, via.connection);
    for (const wanted of possiblyWanted(before.remembered)) {
      const after = runStampsScript(before, variant, via.connection, wanted);
      const stand = standing(after, via.connection);
      const stamps: StampIds = [
        wanted.includes(APP) ? stand[0] : before.remembered[0],
        wanted.includes(ORGANIZATION) ? stand[1] : before.remembered[1],
      ];
      const what = wanted.length === STAMPS.length ? 'the stamps' : `${KEY_NAMES[wanted[0] as Stamp]} alone`;
      yield { how: `auth-server ${via.how}reads ${what}`, world: { ...after, remembered: stamps }, stamps };
      if (wanted.length === STAMPS.length && before.remembered.some((id) => id !== 0))
        yield { how: `another auth-server ${via.how}reads the stamps`, world: after, stamps };
    }
  }
}

/** Which stamps it reads: those that it does not remember, at least. */
function possiblyWanted([app, organization]: StampIds): (readonly Stamp[])[] {
  return [STAMPS, ...(app === 0 ? [] : [[ORGANIZATION] as const]), ...(organization === 0 ? [] : [[APP] as const])];
}

function replyStamps(world: World, variant: Variant, index: number, stamps: StampIds): World {
  if (stamps.includes(0)) return withReader(world, index, IDLE);
  const step = variant.flaw === 'stamps are read after the question' ? 'fill next' : 'Postgres next';
  return withReader(world, index, { step, stamps, stampsGeneration: world.authServer.generation });
}

/** Puts a new stamp where nothing is. */
function runStampsScript(world: World, variant: Variant, connection: Connection, stamps: readonly Stamp[]): World {
  let after = world;
  for (const stamp of stamps) {
    if (get(after, connection, stamp)) continue;
    const id = variant.flaw === 'a dropped stamp is replaced by a fixed one' ? -stamp : after.lastId + 1;
    after = put({ ...after, lastId: Math.max(after.lastId, id) }, variant, connection, stamp, { kind: 'stamp', id });
  }
  return after;
}

/** Auth-server on this connection; on a new one it remembers nothing. */
export function withAuthServer(world: World, { flaw }: Variant, connection: Connection): World {
  const { server, generation } = world.authServer;
  const isSame = server === connection.server && generation === connection.generation;
  const keeps = isSame || flaw === 'remembered stamps outlive their connection';
  return { ...world, authServer: connection, remembered: keeps ? world.remembered : NO_STAMPS };
}
