import { withAuthServer } from './auth-server.ts';
import { CLOSED } from './initial-world.ts';
import { learn, primariesOf, reconnectsTo, uncommitted } from './redis.ts';
import type { Variant } from './variant.ts';
import { type Connection, type Step, type World, withAt, withChange, withReader } from './world.ts';

/** A process, its connection, and the world in which it has another one. */
interface Process {
  readonly name: string;
  readonly connection: Connection;
  readonly withConnection: (world: World, connection: Connection) => World;
}

/**
 * While a primary that has been replaced still serves, processes connect to either primary (docs/adr/0023). Each ends the
 * generation of the other primary before it uses its own connection. If the other primary does not respond, the process waits
 * until all other processes have left that primary, which has the effect of a demotion.
 */
export function* stepsOfReplacedPrimary(world: World, variant: Variant): Generator<Step> {
  if (world.previous === -1) return;
  for (const { name, connection, withConnection } of authServersOf(world, variant)) {
    for (const server of reconnectsTo(world, connection)) {
      const learned = learn(world, variant, server);
      yield [`${name} connects to server ${server}`, withConnection(learned.world, learned.connection)];
    }
  }
  for (const { name, connection, withConnection } of processesOf(world, variant)) {
    if (connection.isUsable || connection === CLOSED) continue;
    const usable = { ...connection, isUsable: true };
    const other = primariesOf(world).find((server) => server !== connection.server) as number;
    yield [`${name} ends the generation at server ${other}`, withConnection(withoutGeneration(world, other), usable)];
    if (variant.flaw === 'a process does not wait for others to leave the old primary')
      yield [`${name} cannot reach server ${other}`, withConnection(world, usable)];
  }
}

/** Demotes the previous primary. It rejects every script from now on, so every connection is usable without a further step. */
export function demotePrevious(world: World): World {
  const usable = (connection: Connection) =>
    connection.server === -1 ? connection : { ...connection, isUsable: true };
  return {
    ...withUncommittedExempt(world),
    previous: -1,
    authServer: usable(world.authServer),
    changes: world.changes.map((change) => ({ ...change, connection: usable(change.connection) })),
    readers: world.readers.map((reader) => ({ ...reader, connection: usable(reader.connection) })),
  };
}

const withoutGeneration = (world: World, server: number): World =>
  withUncommittedExempt({ ...world, servers: withAt(world.servers, server, { generation: 0 }) });

/** Uncommitted changes lose guarantee B, because their fences on one primary are unknown on the other. */
const withUncommittedExempt = (world: World): World => ({ ...world, exempt: world.exempt | uncommitted(world) });

/** The processes that connect here, even those whose change has ended. Readers connect in reader-connection.ts. */
function authServersOf(world: World, variant: Variant): readonly Process[] {
  return [
    {
      name: 'auth-server',
      connection: world.authServer,
      withConnection: (after, connection) => withAuthServer(after, variant, connection),
    },
    ...world.changes.map(({ connection }, index) => ({
      name: `change ${index}`,
      connection,
      withConnection: (after: World, next: Connection) => withChange(after, index, { connection: next }),
    })),
  ];
}

const processesOf = (world: World, variant: Variant): readonly Process[] => [
  ...authServersOf(world, variant),
  ...world.readers.map(({ connection }, index) => ({
    name: `reader ${index}`,
    connection,
    withConnection: (after: World, next: Connection) => withReader(after, index, { connection: next }),
  })),
];
