import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../dependencies/ports.ts';
import { ensureRedisBinary, type RedisInstance, startRedis } from '../dependencies/redis.ts';
import { startServer } from '../dependencies/server-process.ts';

const PRIMARY_NAME = 'oauth';
const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 1_000;
const LIMIT_MS = 60_000;
const POLL_MS = 50;

/** A Redis primary with a replica, and three Sentinels that fail over. */
export interface RedisGroup {
  readonly primaryPort: number;
  /** Kills the primary; resolves with the port of the new one when Sentinel has elected it. */
  killPrimary(): Promise<number>;
  stop(): Promise<void>;
}

export async function startRedisGroup(): Promise<RedisGroup> {
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): Promise<void> }>(server: T): T => started.adopt(server, (each) => each.stop());
  const primary = keep(await startRedis());
  keep(await startRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] }));
  const sentinelPorts: number[] = [];
  while (sentinelPorts.length < SENTINELS) sentinelPorts.push(await startSentinel(primary, keep));
  const sentinel = new Redis(sentinelPorts[0] as number, '127.0.0.1');
  sentinel.on('error', () => {}); // each command reports its own failure
  started.defer(() => Promise.resolve(sentinel.disconnect()));

  // A failover needs Sentinels that know each other and the replica.
  await until(async () => {
    const fields = (await sentinel.call('SENTINEL', 'MASTER', PRIMARY_NAME)) as string[];
    const count = (name: string) => Number(fields[fields.indexOf(name) + 1]);
    return count('num-slaves') === 1 && count('num-other-sentinels') === SENTINELS - 1;
  });
  const currentPort = async () => {
    const [, port] = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY_NAME)) as [string, string];
    return Number(port);
  };
  const running = started.move();
  return {
    primaryPort: primary.port,
    async killPrimary() {
      primary.kill('SIGKILL');
      await until(async () => (await currentPort()) !== primary.port);
      return currentPort();
    },
    stop: () => running.disposeAsync(),
  };
}

async function startSentinel(
  primary: RedisInstance,
  keep: (server: { stop(): Promise<void> }) => unknown,
): Promise<number> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `bind 127.0.0.1
port ${port}
sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primary.port} ${QUORUM}
sentinel down-after-milliseconds ${PRIMARY_NAME} ${DOWN_AFTER_MS}
sentinel failover-timeout ${PRIMARY_NAME} 10000
`,
  );
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true });
  client.on('error', () => {});
  try {
    keep(
      await startServer({
        name: 'Sentinel',
        command: await ensureRedisBinary(),
        args: [file, '--sentinel'],
        folder,
        stopSignal: 'SIGTERM',
        isReady: async () => (await client.ping()) === 'PONG',
      }),
    );
  } finally {
    client.disconnect();
  }
  return port;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Sentinel did not do its part within ${LIMIT_MS} ms`);
    await sleep(POLL_MS);
  }
}
