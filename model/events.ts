import { stepsOfOtherToken, withAuthServer } from './auth-server.ts';
import { CLOSED, EMPTY_SERVER } from './initial-world.ts';
import { KEY_NAMES, type StoredKey } from './keys.ts';
import { reconnect } from './reader-connection.ts';
import { put, uncommitted } from './redis.ts';
import { demotePrevious } from './replaced-primary.ts';
import type { Event, Variant } from './variant.ts';
import { type Connection, type KeySpace, type Server, type Step, type World, withEvent } from './world.ts';

/** Events of Redis and of connections, the demotion after `promote`, and lookups of another token. */
export function* stepsOfEvents(world: World, variant: Variant): Generator<Step> {
  const { primary } = world;
  const other = 1 - primary;
  const server = world.servers[primary] as Server;
  const may = (event: Event) => world.left[event] > 0;
  const unidentified = { identified: false };

  if (may('attach') && server.identified)
    yield ['a Redis replica is attached', withServers(world, 'attach', { [primary]: unidentified })];
  if (may('restart')) {
    const full = withServers(world, 'restart', { [primary]: unidentified });
    const empty = withServers(world, 'restart', { [primary]: EMPTY_SERVER });
    yield ['Redis restarts with its data', withoutConnections(full, variant, primary)];
    yield ['Redis restarts empty', withoutConnections(empty, variant, primary)];
  }
  if (may('copy') && world.previous === -1) {
    // A demoted server whose data is replaced sends no pushes here: nothing relies on them.
    const servers = world.servers.map((each, index) => (index === other ? { ...server, identified: false } : each));
    yield ['the other Redis copies the primary', { ...withEvent(world, 'copy'), servers }];
  }
  if (may('failOver')) {
    const after = withServers(world, 'failOver', { [primary]: EMPTY_SERVER, [other]: unidentified });
    yield ['Redis fails over', withoutConnections({ ...after, primary: other }, variant, primary)];
  }
  if (may('switch')) {
    const after = withServers(world, 'switch', { [other]: unidentified });
    yield ['Redis is demoted and the other promoted', { ...after, primary: other }];
  }
  if (may('promote') && world.previous === -1) {
    const after = withServers(world, 'promote', { [other]: unidentified });
    yield ['the other Redis is promoted', { ...after, primary: other, previous: primary }];
  }
  if (world.previous !== -1) {
    yield ['the previous primary is demoted', demotePrevious(world)];
  }
  if (may('loseRecord') && server.generation !== 0)
    yield ['the record is evicted', withServers(world, 'loseRecord', { [primary]: { generation: 0 } })];
  const space = server.spaces.find(({ generation }) => generation === server.generation);
  if (space && server.identified) yield* losses(world, variant, space);
  if (may('otherToken')) yield* stepsOfOtherToken(world, variant);
  if (may('disconnect')) {
    for (const index of world.readers.keys())
      yield [`reader ${index} is disconnected`, reconnect(withEvent(world, 'disconnect'), variant, index)];
  }
}

function* losses(world: World, variant: Variant, { generation, values }: KeySpace): Generator<Step> {
  const connection: Connection = { server: world.primary, generation, isUsable: true };
  for (const [index, value] of values.entries()) {
    if (!value) continue;
    const key = index as StoredKey;
    const changes = value.kind === 'fence' ? value.changes & uncommitted(world) : 0;
    if (changes === 0 && world.left.expire > 0)
      yield [`${KEY_NAMES[key]} expires`, put(withEvent(world, 'expire'), variant, connection, key, undefined)];
    if (world.left.evict > 0) {
      const exempt = world.exempt | changes;
      const after = { ...withEvent(world, 'evict'), exempt };
      yield [`${KEY_NAMES[key]} is evicted`, put(after, variant, connection, key, undefined)];
    }
  }
}

/** Changes servers in an event after which the primary has no valid fence, so that uncommitted changes lose guarantee B. */
function withServers(world: World, event: Event, changed: Readonly<Record<number, Partial<Server>>>): World {
  const servers = world.servers.map((server, index) => ({ ...server, ...changed[index] }));
  return { ...withEvent(world, event), servers, exempt: world.exempt | uncommitted(world) };
}

/** Every connection to this server is closed. */
function withoutConnections(world: World, variant: Variant, server: number): World {
  const closed = (connection: Connection) => (connection.server === server ? CLOSED : connection);
  return {
    ...withAuthServer(world, variant, closed(world.authServer)),
    changes: world.changes.map((change) => ({ ...change, connection: closed(change.connection) })),
    readers: world.readers.map((reader) => ({ ...reader, connection: closed(reader.connection) })),
  };
}
