import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { type RedisInstance, startRedis } from '../../scripts/dependencies/redis.ts';
import type { Random } from './random.ts';

const POLL_MS = 20;
const SYNC_LIMIT_MS = 60_000;
const MAX_ATTEMPTS = 100;

/** A Redis server, initially a primary. A restart keeps its port. */
export class RedisNode {
  readonly port: number;
  #instance: RedisInstance;
  #folder: string;
  /** Connected directly, never through a proxy. */
  #client: Redis;

  private constructor(port: number, instance: RedisInstance, folder: string) {
    this.port = port;
    this.#instance = instance;
    this.#folder = folder;
    this.#client = connect(port);
  }

  static async start(): Promise<RedisNode> {
    const port = await freePort();
    const folder = await newFolder();
    return new RedisNode(port, await startOn(port, folder), folder);
  }

  command(name: string, ...words: (string | number)[]): Promise<unknown> {
    return this.#client.call(name, ...words);
  }

  /** Makes it a replica of that server; resolves when it is in sync. Connections stay open. */
  async follow(primary: RedisNode): Promise<void> {
    await this.#repeat(() => this.#client.replicaof('127.0.0.1', primary.port));
    const deadline = performance.now() + SYNC_LIMIT_MS;
    while ((await this.replicationInfo('master_link_status')) !== 'up') {
      if (performance.now() > deadline) throw new Error('the Redis replica is not in sync with its primary');
      await sleep(POLL_MS);
    }
  }

  /** Makes it a primary. Connections stay open. */
  async promote(): Promise<void> {
    await this.#repeat(() => this.#client.replicaof('NO', 'ONE'));
  }

  /** A field of INFO replication. */
  async replicationInfo(field: string): Promise<string | undefined> {
    const text = await this.#repeat(() => this.#client.info('replication'));
    return text.match(new RegExp(`^${field}:(\\S*)`, 'm'))?.[1];
  }

  /** Repeats a command that fails: Sentinels end all connections when they fail over, including this one, more than once. */
  async #repeat<T>(command: () => Promise<T>): Promise<T> {
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        return await command();
      } catch {
        await sleep(POLL_MS);
      }
    }
    return await command();
  }

  /** Deletes everything except the generation. */
  async loseEntries(): Promise<void> {
    const keys = (await this.#client.keysBuffer('*')).filter((key) => !key.toString('latin1').endsWith('generation'));
    if (keys.length > 0) await this.#client.del(...keys);
  }

  /** Deletes up to `count` random keys. */
  async evict(count: number): Promise<void> {
    const keys = await Promise.all(Array.from({ length: count }, () => this.#client.callBuffer('RANDOMKEY')));
    const found = keys.filter((key) => key !== null);
    if (found.length > 0) await this.#client.del(...(found as Buffer[]));
  }

  /** Deletes up to `count` random stamps; the version of all stamps counts as one. */
  async evictStamps(count: number): Promise<void> {
    await this.#client.eval(EVICT_STAMPS, 0, count);
  }

  /** CLIENT KILL of random connections, but not its own. */
  async killConnections(count: number, random: Random): Promise<void> {
    for (let killed = 0; killed < count; killed++) {
      const own = await this.#repeat(() => this.command('CLIENT', 'ID'));
      const list = String(await this.#repeat(() => this.command('CLIENT', 'LIST', 'TYPE', 'normal')));
      const ids = [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id)).filter((id) => id !== own);
      if (ids.length === 0) continue;
      const id = random.pick(ids);
      await this.#repeat(() => this.command('CLIENT', 'KILL', 'ID', id));
    }
  }

  /** CLIENT KILL of a service's connections. With client tracking they are introspection's; all others count as auth-server's. */
  async killConnectionsOf(service: 'auth-server' | 'introspection'): Promise<void> {
    const own = await this.command('CLIENT', 'ID');
    const list = String(await this.command('CLIENT', 'LIST', 'TYPE', 'normal'));
    for (const [, id, flags] of list.matchAll(/^id=(\d+) .*? flags=(\w+) /gm)) {
      const isOfService = flags?.includes('t') === (service === 'introspection');
      if (isOfService && Number(id) !== own) await this.command('CLIENT', 'KILL', 'ID', Number(id));
    }
  }

  async kill(): Promise<void> {
    this.#client.disconnect();
    this.#instance.kill('SIGKILL');
    await this.#instance.stop();
  }

  /** Restarts it after a kill, with or without its data. */
  async restart(data: 'keep' | 'lose'): Promise<void> {
    if (data === 'lose') {
      await rm(this.#folder, { recursive: true, force: true });
      this.#folder = await newFolder();
    }
    this.#instance = await startOn(this.port, this.#folder);
    this.#client = connect(this.port);
  }

  pause(): void {
    this.#instance.kill('SIGSTOP');
  }

  resume(): void {
    this.#instance.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.#client.disconnect();
    await this.#instance.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const EVICT_STAMPS = `
local left = tonumber(ARGV[1])
for _ = 1, 20 * left do
  local key = redis.call('RANDOMKEY')
  if key and left > 0 and redis.call('GETRANGE', key, 0, 0) == 'P' then
    redis.call('DEL', key)
    left = left - 1
  end
end`;

const newFolder = () => mkdtemp(join(tmpdir(), 'featureos-fault-redis-'));

/** Every write is persisted, so that a restart brings every entry back: the worst case for stale entries. */
const startOn = (port: number, dir: string) =>
  startRedis({ port, dir, args: ['--appendonly', 'yes', '--enable-debug-command', 'local'] });

export function connect(port: number): Redis {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0 });
  redis.on('error', () => {}); // each command reports its own failure
  return redis;
}
