/** The proxies of deploy/gateways while the introspection replicas behind them are restarted in turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServerProcess } from '../../../scripts/dependencies/server-process.ts';
import { isServing } from '../../../scripts/stack/grpc-health.ts';
import { Ports } from '../../../scripts/stack/ports.ts';
import { startService } from '../../../scripts/stack/service-process.ts';
import { type Addresses, Settings, takeAddresses } from '../../../scripts/stack/settings.ts';
import { testBed } from '../../support/test-bed.ts';
import { expectStatus } from '../../support/world.ts';
import { type Backend, startBackend } from './backend.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { isInstalled, PROXIES, type RunningProxy, startProxy } from './proxies.ts';

const REPLICAS = 2;
const ROUNDS = 2;
/** For each proxy; 10,000 with all four. */
const MIN_REQUESTS = 2_500;
const CLIENTS = 3;
const LIMIT_MS = 180_000;

const programs = PROXIES.filter(isInstalled);
const bed = testBed();
let folder: string;
let addresses: Addresses;
let backend: Backend;
const replicas: ServerProcess[] = [];
const proxies: RunningProxy[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'featureos-restarts-'));
  addresses = { ...(await takeAddresses(new Ports(), REPLICAS)), authServerInternal: bed.system.authServerInternal };
  backend = await startBackend();
  for (let replica = 0; replica < REPLICAS; replica++) await startReplica(replica);
  for (const [index, program] of programs.entries()) {
    const INTROSPECTION = addresses.introspectionHttp[index % REPLICAS] as string;
    proxies.push(await startProxy(program, { INTROSPECTION, BACKEND: backend.address }));
  }
}, LIMIT_MS);

afterAll(async () => {
  await Promise.all([...proxies, ...replicas].map((each) => each.stop()));
  backend?.close();
  await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

async function startReplica(replica: number): Promise<void> {
  const { redis } = bed.system;
  const settings = new Settings(addresses, bed.system, redis.url).introspection(replica);
  const name = `introspection-${replica + 1}`;
  const environment = { ...settings, REDIS_KEY_PREFIX: redis.keyPrefix };
  const started = startService({ name, service: 'introspection', environment, logDirectory: folder });
  replicas[replica] = started;
  await started.waitUntil(() => isServing(addresses.introspectionGrpc[replica] as string));
}

interface Token {
  readonly text: string;
  state: 'live' | 'being disconnected' | 'disconnected';
}

async function newToken(): Promise<Token & { disconnect(): Promise<void> }> {
  const app = await bed.world.registerApp();
  const { access_token: text } = await bed.world.install(app);
  const installId = await bed.world.installId(app);
  return {
    text,
    state: 'live',
    async disconnect() {
      expectStatus(204, await bed.world.disconnect(installId));
    },
  };
}

test.skipIf(programs.length === 0)(
  'no response is wrong while replicas restart, and each failed decision is 503',
  async () => {
    const tokens = [await newToken(), await newToken()] as [Token, Token];
    const counts: Record<string, number> = {};
    const wrong: string[] = [];
    let isOver = false;

    const send = async (name: string, client: KeepAliveClient, token: Token) => {
      const before = token.state;
      const { status } = await client.send('/api/v3/feature_requests', { authorization: `Bearer ${token.text}` });
      counts[name] = (counts[name] ?? 0) + 1;
      counts[status] = (counts[status] ?? 0) + 1;
      const isWrong = (status === 200 && before === 'disconnected') || (status === 401 && token.state === 'live');
      if (isWrong || ![200, 401, 503].includes(status)) wrong.push(`${name}: ${status}, token ${before}`);
    };
    const load = proxies.flatMap(({ port }, index) =>
      Array.from({ length: CLIENTS }, async () => {
        const name = programs[index]?.name as string;
        const client = new KeepAliveClient(port);
        for (let sent = 0; !isOver || (counts[name] as number) < MIN_REQUESTS; sent++) {
          await send(name, client, tokens[sent % tokens.length] as Token);
        }
        client.close();
      }),
    );
    const restarts = async () => {
      for (let round = 0; round < ROUNDS; round++) {
        for (let replica = 0; replica < REPLICAS; replica++) {
          const token = await newToken();
          tokens[1] = token;
          await replicas[replica]?.stop();
          token.state = 'being disconnected';
          await token.disconnect();
          token.state = 'disconnected';
          await startReplica(replica);
        }
      }
    };
    await Promise.all([...load, restarts().finally(() => (isOver = true))]);

    expect(wrong).toEqual([]);
    for (const { name } of programs) expect(counts[name], name).toBeGreaterThanOrEqual(MIN_REQUESTS);
    for (const status of [200, 401, 503]) expect(counts[status], String(status)).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
