/**
 * Very many organizations still send the tokens of an app that has been deleted, each its own: whoever has a live token of
 * another app is answered meanwhile, on both ports.
 */
import { type Client, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { installIntoMany } from '../support/large-app.ts';
import { rpcClient } from '../support/system.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, type World } from '../support/world.ts';
import { worldOf } from './harness/cluster-world.ts';
import { PORTS, type ReplicaNode } from './harness/replica-node.ts';
import { clusterOf } from './suite.ts';

type Gateway = Client<typeof IntrospectionService>;

const DEAD = 3_000;
const LIVE = 40;
/** Asked about before, so that no process meets its first questions in the test. */
const WARM_UP = 1_000;
const TOKENS_PER_BATCH = 100;
const DEADLINE_MS = 1_000;
/** To auth-server and back, whatever the machine: a question for each dead token would take far more than the deadline. */
const WIRE_DELAY_MS = 25;

const cluster = clusterOf({ cluster: { authServers: 1 }, scenarios: [] });
let world: World;
let tables: Tables;
beforeAll(async () => {
  world = await worldOf(cluster.current).seed();
  tables = new Tables(cluster.current.parts.databaseUrl);
});
afterAll(() => tables?.close());

/** An app of its own with that many installs, and the tokens of all. */
async function appWith(installs: number) {
  const app = await world.registerApp();
  const { credentialKey } = cluster.current.parts.secrets;
  return { app, tokens: await installIntoMany(tables, { credentialKey, app, installs, known: installs }) };
}

/** Asks about all of them at once, in as many batches as that takes. */
function askAbout(client: Gateway, tokens: readonly string[]) {
  const batches = Math.ceil(tokens.length / TOKENS_PER_BATCH);
  return Promise.allSettled(
    Array.from({ length: batches }, (_, index) =>
      client.batchIntrospect({ tokens: tokens.slice(index * TOKENS_PER_BATCH, (index + 1) * TOKENS_PER_BATCH) }),
    ),
  );
}

/** A client on a connection of its own, which stands. */
async function connectTo({ child }: ReplicaNode, port: (typeof PORTS)[number]): Promise<Gateway> {
  const { gateway } = cluster.current.parts.secrets;
  const client = rpcClient(IntrospectionService, child.addresses[port] as string, gateway);
  await client.introspect({ token: 'malformed' });
  return client;
}

function countOf(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

test.each(
  PORTS,
)(`${DEAD} installs of a deleted app that ask at once keep no live token of another waiting: %s`, async (port) => {
  const [replica] = cluster.current.replicas as [ReplicaNode];
  const [flooding, dead, live] = [await connectTo(replica, port), await appWith(DEAD), await appWith(LIVE)];
  const others = [await connectTo(replica, 'grpc'), await connectTo(replica, 'lane')];
  expectStatus(204, await world.deleteApp(dead.app));
  await askAbout(flooding, (await appWith(WARM_UP)).tokens);
  replica.authServer.delay(WIRE_DELAY_MS);

  const flood = askAbout(flooding, dead.tokens);
  await flooding.introspect({ token: 'malformed' }); // answered by the replica alone, after it has read all before it
  const answers = await Promise.all(
    live.tokens.map((token, index) =>
      (others[index % others.length] as Gateway).introspect({ token }, { timeoutMs: DEADLINE_MS }).then(
        ({ active }) => (active ? 'active' : 'inactive'),
        (error) => ConnectError.from(error).message,
      ),
    ),
  );
  replica.authServer.heal();
  expect(countOf(answers)).toEqual({ active: LIVE });
  for (const batch of await flood) {
    if (batch.status === 'fulfilled') expect(batch.value.responses.filter(({ active }) => active)).toEqual([]);
  }
});
