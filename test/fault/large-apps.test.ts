/** Apps with very many installs, and very many tokens of one app that are no longer valid. */
import type { Client } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IntrospectionService } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { rpcClient } from '../../scripts/stack/rpc-client.ts';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { installIntoMany } from '../support/many-installs.ts';
import { Tables } from '../support/tables.ts';
import { expectStatus, type World } from '../support/world.ts';
import { PORTS, type ReplicaNode } from './cluster/nodes.ts';
import { clusterOf } from './suite.ts';

const LIMIT_MS = 240_000;
const INSTALLS = 300_000;
const KNOWN_TOKENS = 20;
const INVALID_TOKENS = 3_000;
/** Valid tokens of one app, and further apps with one valid token each. */
const VALID_TOKENS = 40;
const VALID_APPS = 20;
const TOKENS_PER_BATCH = 100;
/** The delay between replica and auth-server, in each direction. */
const DELAY_MS = 100;
/** 25 round trips to auth-server, on any machine. One lookup for each invalid token would take far longer. */
const DEADLINE_MS = 50 * DELAY_MS;

const cluster = clusterOf({ authServers: 1 });
let world: World;
let tables: Tables;
beforeAll(async () => {
  world = await cluster.current.world().seed();
  tables = new Tables(cluster.current.config.databaseUrl);
});
afterAll(() => tables?.close());

/** An app with that many installs, and the tokens of `known` of them. */
async function appWith(installs: number, known = installs) {
  const app = await world.registerApp();
  const { credentialKey } = cluster.current.config;
  return { app, tokens: await installIntoMany(tables, { credentialKey, app, installs, known }) };
}

const clientOf = (replica: ReplicaNode, port: (typeof PORTS)[number]) =>
  rpcClient(IntrospectionService, replica.address(port), cluster.current.config.tokens.gateway);

/** The distinct states of all tokens on all replicas. */
async function responses(tokens: string[]): Promise<string[]> {
  const clients = cluster.current.replicas.map((replica) => clientOf(replica, 'grpc'));
  const batches = await Promise.all(clients.map((client) => client.batchIntrospect({ tokens })));
  const states = batches.flatMap((batch) => batch.responses);
  return [...new Set(states.map(({ active, scopes }) => (active ? scopes.join(' ') : 'inactive')))];
}

test('suspends, narrows and deletes an app with very many installs, each in one call', {
  timeout: LIMIT_MS,
}, async () => {
  const { app, tokens } = await appWith(INSTALLS, KNOWN_TOKENS);
  for (let time = 0; time < 4; time++) expect(await responses(tokens)).toEqual(['posts:read posts:write']);
  await world.suspendApp(app);
  expect(await responses(tokens)).toEqual(['inactive']);
  await world.resumeApp(app);
  expect(await responses(tokens)).toEqual(['posts:read posts:write']);
  expectStatus(200, await world.changeApp(app, { declared_scopes: ['posts:read'] }));
  expect(await responses(tokens)).toEqual(['posts:read']);
  expectStatus(204, await world.deleteApp(app));
  expect(await responses(tokens)).toEqual(['inactive']);
});

/** Access tokens of one install that have been replaced. */
async function replacedTokens(): Promise<string[]> {
  const app = await world.registerApp();
  await world.install(app);
  const format = new CredentialFormat([cluster.current.config.credentialKey]);
  const tokens = Array.from({ length: INVALID_TOKENS }, () => format.mint('access_token').reveal());
  const insert = `
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at, ended_at, end_reason)
    SELECT $1, 0, access_hash, sha256(access_hash), now(), now() + interval '1 day', now(), 'refreshed'
    FROM unnest($2::bytea[]) AS access_hash`;
  await tables.rows(insert, [await world.installId(app), tokens.map(hashCredential)]);
  return tokens;
}

async function tokensOfDeletedApp(): Promise<string[]> {
  const { app, tokens } = await appWith(INVALID_TOKENS);
  expectStatus(204, await world.deleteApp(app));
  return tokens;
}

const INVALID = { 'replaced tokens of one install': replacedTokens, 'tokens of a deleted app': tokensOfDeletedApp };
const CASES = Object.entries(INVALID).flatMap(([name, tokens]) => PORTS.map((port) => ({ name, port, tokens })));

function batchIntrospect(client: Client<typeof IntrospectionService>, tokens: readonly string[]) {
  const batches = Array.from({ length: tokens.length / TOKENS_PER_BATCH }, (_, index) =>
    tokens.slice(index * TOKENS_PER_BATCH, (index + 1) * TOKENS_PER_BATCH),
  );
  return Promise.all(batches.map((batch) => client.batchIntrospect({ tokens: batch }).catch(() => undefined)));
}

test.each(CASES)('introspects valid tokens of other apps during a flood of $name on $port', async ({
  port,
  tokens,
}) => {
  const { replicas, redis } = cluster.current;
  const [replica] = replicas as [ReplicaNode];
  const valid = (await appWith(VALID_TOKENS)).tokens;
  while (valid.length < VALID_TOKENS + VALID_APPS) {
    valid.push((await world.install(await world.registerApp())).access_token);
  }
  const invalid = await tokens();
  const flooding = clientOf(replica, port);
  const others = PORTS.map((each) => clientOf(replica, each));
  for (const client of [flooding, ...others]) await client.introspect({ token: 'malformed' }); // connects
  replica.authServer.delay(DELAY_MS);
  for (let round = 0; round < 3; round++) {
    await redis.loseEntries();
    const flood = batchIntrospect(flooding, invalid);
    await flooding.introspect({ token: 'malformed' }); // the replica has then received all batches
    const reads = valid.map(async (token, index) => {
      const client = others[index % others.length] as typeof flooding;
      return (await client.introspect({ token }, { timeoutMs: DEADLINE_MS })).active;
    });
    expect(await Promise.allSettled(reads)).toEqual(valid.map(() => ({ status: 'fulfilled', value: true })));
    const states = (await flood).flatMap((batch) => batch?.responses ?? []);
    expect(states.filter(({ active }) => active)).toEqual([]);
  }
  replica.authServer.heal();
});
