/** An app sends very many dead tokens at once: the live tokens of other apps are answered within their deadline. */
import { beforeAll, expect, test } from 'vitest';
import { CredentialFormat } from '../../services/common/credentials/format.ts';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { Tables } from '../support/tables.ts';
import type { World } from '../support/world.ts';
import { worldOf } from './harness/cluster-world.ts';
import { PORTS, type ReplicaNode } from './harness/replica-node.ts';
import { clusterOf } from './suite.ts';

const DEAD = 3_000;
const BATCH = 100;
const LIVE_APPS = 20;
const DEADLINE_MS = 1_000;
const ROUNDS = 3;

const cluster = clusterOf({ cluster: { authServers: 1 }, scenarios: [] });
let world: World;
let live: string[];
let dead: string[];

beforeAll(async () => {
  world = await worldOf(cluster.current).seed();
  live = [];
  while (live.length < LIVE_APPS) live.push((await world.install(await world.registerApp())).access_token);
  dead = await endedPairs(await installedApp());
});

async function installedApp(): Promise<string> {
  const app = await world.registerApp();
  await world.install(app);
  return world.installId(app);
}

/** Access tokens that an install had before. */
async function endedPairs(installId: string): Promise<string[]> {
  const { secrets, databaseUrl } = cluster.current.parts;
  const format = new CredentialFormat([secrets.credentialKey]);
  const tokens = Array.from({ length: DEAD }, () => format.mint('access_token').reveal());
  const tables = new Tables(databaseUrl);
  const insert = `
    INSERT INTO tokens (install_id, code_id, access_hash, refresh_hash, issued_at, access_expires_at, ended_at, end_reason)
    SELECT $1, 0, access_hash, sha256(access_hash), now(), now() + interval '1 day', now(), 'refreshed'
    FROM unnest($2::bytea[]) AS access_hash`;
  await tables.rows(insert, [installId, tokens.map(hashCredential)]).finally(() => tables.close());
  return tokens;
}

/** In calls of many, so that neither the client nor the port is what keeps the others waiting. */
const inBatches = (tokens: readonly string[]) =>
  Array.from({ length: tokens.length / BATCH }, (_, index) => tokens.slice(index * BATCH, (index + 1) * BATCH));

test.each(
  PORTS,
)('dead tokens of one app that come all at once keep no live token of another waiting: %s', async (port) => {
  const [replica] = cluster.current.replicas as [ReplicaNode];
  const unanswered: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await cluster.current.redis.loseEntries();
    const flood = inBatches(dead).map((tokens) => replica.introspectMany(tokens, { port }).catch(() => []));
    const answers = await Promise.allSettled(
      live.map((token) => replica.introspect(token, { port, deadlineMs: DEADLINE_MS })),
    );
    for (const answer of answers) {
      if (answer.status === 'rejected') unanswered.push(answer.reason.message);
      else expect(answer.value).toMatchObject({ active: true });
    }
    const ofDead = (await Promise.all(flood)).flat();
    expect(ofDead.filter(({ active }) => active)).toEqual([]);
  }
  expect(unanswered).toEqual([]);
});
