import { STAMPS, type Stamp, type StoredKey } from './keys.ts';
import type { Variant } from './variant.ts';
import {
  type Changes,
  type Connection,
  type KeySpace,
  type Reader,
  type Server,
  type StampIds,
  type Value,
  type World,
  withAt,
} from './world.ts';

export type Script = 'guard' | 'fence' | 'drop' | 'fill' | 'stamps script';

/** Whether the server runs the script: a primary does, if its record has its own identity and the connection's generation. */
export function accepts(world: World, { flaw }: Variant, connection: Connection, script: Script): boolean {
  const server = world.servers[connection.server];
  if (!server || !connection.isUsable) return false;
  const primary = isPrimary(world, connection);
  const isSameRecord = server.generation === connection.generation;
  switch (flaw) {
    case `there is no ${script}`:
      return true;
    case `the ${script} does not check the generation`:
      return primary;
    case `the ${script} does not check the identity`:
    case 'the record carries no identity':
      return primary && isSameRecord;
    case `a demoted server accepts the ${script}`:
      return isSameRecord && server.identified;
    default:
      return primary && isSameRecord && server.identified;
  }
}

const isPrimary = ({ primary, previous }: World, { server }: Connection): boolean =>
  server === primary || (server === previous && previous !== -1);

/** The servers that Sentinels may name: they may disagree until the previous primary is demoted. */
export const primariesOf = ({ primary, previous }: World): readonly number[] =>
  previous === -1 ? [primary] : [primary, previous];

/** Any server runs a plain MGET; only a primary runs a plain SET. */
export const canRead = ({ isUsable }: Connection): boolean => isUsable;
export const canWrite = isPrimary;

interface Learned {
  readonly connection: Connection;
  readonly world: World;
}

/**
 * Connects to a primary and runs LEARN, which replaces a record that is missing or has another server's identity. If there is
 * another primary, its generation must end before the connection is usable (replaced-primary.ts).
 */
export function learn(world: World, variant: Variant, server: number): Learned {
  const { flaw } = variant;
  const isUsable = world.previous === -1 || flaw === 'a new connection does not end the generation of another primary';
  const { generation, identified } = world.servers[server] as Server;
  if (generation !== 0 && (identified || flaw === 'the record carries no identity')) {
    return { connection: { server, generation, isUsable }, world };
  }
  const next = world.lastGeneration + 1;
  const servers = withAt(world.servers, server, { generation: next, identified: true });
  return { connection: { server, generation: next, isUsable }, world: { ...world, servers, lastGeneration: next } };
}

/** Fenced changes that may still commit. */
export const uncommitted = ({ changes }: World): Changes =>
  changes.reduce((bits, { step }, index) => (step === 'fenced' ? bits | (1 << index) : bits), 0);

/** Whether this is a connection to the primary with its current generation. */
function isCurrent(world: World, { server, generation }: Connection): boolean {
  const now = world.servers[world.primary] as Server;
  return server === world.primary && now.generation === generation && now.identified;
}

/** The servers to which a process may reconnect because its connection is not current. */
export const reconnectsTo = (world: World, connection: Connection): readonly number[] =>
  isCurrent(world, connection) ? [] : primariesOf(world);

/**
 * The connections on which a process can run the script: its current one, if the server runs the script there, and new ones.
 * While there are two primaries, connecting is a separate step (replaced-primary.ts).
 */
export function* connectionsFor(world: World, variant: Variant, connection: Connection, script: Script) {
  if (accepts(world, variant, connection, script)) yield { how: '', connection, world };
  if (world.previous !== -1) return;
  for (const server of reconnectsTo(world, connection))
    yield { how: 'reconnects and ', ...learn(world, variant, server) };
}

/** The value of the key in the generation of the connection. */
export function get(world: World, { server, generation }: Connection, key: StoredKey): Value | undefined {
  return world.servers[server]?.spaces.find((space) => space.generation === generation)?.values[key];
}

/** The ids of the current stamps; 0 if missing or fenced. */
export function currentStamps(world: World, connection: Connection): StampIds {
  const [app, organization] = STAMPS.map((stamp) => get(world, connection, stamp));
  return [app?.kind === 'stamp' ? app.id : 0, organization?.kind === 'stamp' ? organization.id : 0];
}

const NO_VALUES: KeySpace['values'] = [undefined, undefined, undefined, undefined];

export function put(world: World, variant: Variant, at: Connection, key: StoredKey, value: Value | undefined): World {
  const { spaces } = world.servers[at.server] as Server;
  const isSame = ({ generation }: KeySpace) => generation === at.generation;
  const before = spaces.find(isSame)?.values ?? NO_VALUES;
  if (value === undefined && before[key] === undefined) return world;
  const values = before.map((each, index) => (index === key ? value : each));
  const others = spaces.filter((space) => !isSame(space));
  const servers = withAt(world.servers, at.server, { spaces: [...others, { generation: at.generation, values }] });
  const stamp = STAMPS.find((each) => each === key);
  if (!stamp) return { ...world, servers };
  const readers = world.readers.map((reader) =>
    reader.connection.server === at.server && reader.connection.generation === at.generation
      ? pushed(reader, variant, stamp)
      : reader,
  );
  return { ...world, servers, readers };
}

/** A tracked stamp was modified: Redis pushes that once, before the replies to later commands. */
function pushed(reader: Reader, { flaw }: Variant, stamp: Stamp): Reader {
  if (!reader.tracked.includes(stamp)) return reader;
  const tracked = reader.tracked.filter((each) => each !== stamp);
  if (flaw === 'pushes arrive on a different connection from replies') {
    return { ...reader, tracked, latePushes: [...reader.latePushes, stamp].sort() };
  }
  return { ...reader, tracked, inbox: [...reader.inbox, { kind: 'push', stamp }] };
}
