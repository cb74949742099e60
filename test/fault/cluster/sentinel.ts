import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../scripts/dependencies/ports.ts';
import { ensureRedisBinary } from '../../../scripts/dependencies/redis.ts';
import { startServer } from '../../../scripts/dependencies/server-process.ts';
import { connect, type RedisNode } from '../../support/redis-node.ts';

const PRIMARY = 'main';
const SENTINELS = 3;
const QUORUM = 2;
/** Without a valid reply of the primary. Longer than a loaded machine delays one. */
const DOWN_AFTER_MS = 2_000;
const FAILOVER_TIMEOUT_MS = 10_000;
const LIMIT_MS = 60_000;
const POLL_MS = 50;

export type Sentinels = Awaited<ReturnType<typeof startSentinels>>;

/** Starts three Sentinels of one primary and its replicas. */
export async function startSentinels(primary: RedisNode) {
  await using started = new AsyncDisposableStack();
  const nodes = await Promise.all(
    Array.from({ length: SENTINELS }, async () => {
      const node = await startSentinel(primary);
      started.defer(() => node.stop());
      return node;
    }),
  );
  const resources = started.move();
  const succeeds = (call: Promise<unknown>) =>
    call.then(
      () => true,
      () => false,
    );
  const all = async (check: (node: (typeof nodes)[number]) => Promise<boolean>) =>
    (await Promise.all(nodes.map(check))).every((isTrue) => isTrue);

  return {
    /** For REDIS_URL. */
    url: `redis+sentinel://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${PRIMARY}`,

    /** Resolves when every Sentinel knows the others and a replica that it can promote. */
    async ready(): Promise<void> {
      const isReady = async ({ client }: (typeof nodes)[number]) => {
        const replicas = (await client.call('SENTINEL', 'REPLICAS', PRIMARY)) as string[][];
        const linked = replicas.some((fields) => fields[fields.indexOf('master-link-status') + 1] === 'ok');
        return linked && (await succeeds(client.call('SENTINEL', 'CKQUORUM', PRIMARY)));
      };
      await until('know a replica and each other', () => all(isReady));
    },

    /** Makes a replica of the primary the primary; resolves when a Sentinel reports that it is. */
    async failOver(to: RedisNode): Promise<void> {
      const [{ client }] = nodes as [(typeof nodes)[number]];
      // Refused until Sentinel knows a replica that is in sync.
      await until('start a failover', () => succeeds(client.call('SENTINEL', 'FAILOVER', PRIMARY)));
      await this.agreeOn(to);
    },

    /** Resolves when all Sentinels report this primary. */
    agreeOn: (node: RedisNode) =>
      until('agree on the new primary', () => all(async (each) => (await each.primaryPort()) === node.port)),

    stop: () => resources.disposeAsync(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function startSentinel(primary: RedisNode) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-fault-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `sentinel monitor ${PRIMARY} 127.0.0.1 ${primary.port} ${QUORUM}`,
    `sentinel down-after-milliseconds ${PRIMARY} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${PRIMARY} ${FAILOVER_TIMEOUT_MS}`,
  ];
  await writeFile(file, `${settings.join('\n')}\n`);
  const client = connect(port);
  const server = await startServer({
    name: 'Sentinel',
    command: await ensureRedisBinary(),
    args: [file, '--sentinel'],
    folder,
    stopSignal: 'SIGTERM',
    isReady: () =>
      client.ping().then(
        () => true,
        () => false,
      ),
  });
  return {
    port,
    client,
    async primaryPort(): Promise<number> {
      const [, current] = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY)) as [string, string];
      return Number(current);
    },
    async stop(): Promise<void> {
      client.disconnect();
      await server.stop();
    },
  };
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Sentinels did not ${what} within ${LIMIT_MS} ms`);
    await sleep(POLL_MS);
  }
}
