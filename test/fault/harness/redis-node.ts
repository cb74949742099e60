import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../../scripts/services/ports.ts';
import { type RedisInstance, startRedis } from '../../../scripts/services/redis.ts';
import type { Random } from './random.ts';

const POLL_MS = 20;
const IN_STEP_LIMIT_MS = 20_000;

/** A Redis server: always on the same port, with or without what it held before. A primary until it is told to follow one. */
export class RedisNode {
  readonly port: number;
  #instance: RedisInstance;
  #folder: string;
  /** For faults only, past every proxy. */
  #client: Redis;

  private constructor(port: number, instance: RedisInstance, folder: string) {
    this.port = port;
    this.#instance = instance;
    this.#folder = folder;
    this.#client = client(port);
  }

  static async start(): Promise<RedisNode> {
    const port = await freePort();
    const folder = await newFolder();
    return new RedisNode(port, await startOn(port, folder), folder);
  }

  /** Any command. */
  command(name: string, ...words: (string | number)[]): Promise<unknown> {
    return this.#client.call(name, ...words);
  }

  /** Becomes a replica of that server; resolves when it has all that its primary has. Connections stay. */
  async follow(primary: RedisNode): Promise<void> {
    await this.#client.replicaof('127.0.0.1', primary.port);
    const deadline = performance.now() + IN_STEP_LIMIT_MS;
    while ((await this.info('replication', 'master_link_status')) !== 'up') {
      if (performance.now() > deadline) throw new Error('a Redis replica does not get into step with its primary');
      await sleep(POLL_MS);
    }
  }

  /** Becomes a primary. Connections stay. */
  async promote(): Promise<void> {
    await this.#again(() => this.#client.replicaof('NO', 'ONE'));
  }

  /** A field of INFO; undefined if there is none. */
  async info(section: string, field: string): Promise<string | undefined> {
    const text = await this.#again(() => this.#client.info(section));
    return text.match(new RegExp(`^${field}:(\\S*)`, 'm'))?.[1];
  }

  /** Once more if Sentinel has just ended all connections, this one too. */
  #again<T>(command: () => Promise<T>): Promise<T> {
    return command().catch(command);
  }

  async flush(): Promise<void> {
    await this.#client.flushall();
  }

  /** Evicts everything but the record of the generation. */
  async loseEntries(): Promise<void> {
    const keys = (await this.#client.keysBuffer('*')).filter((key) => !key.toString('latin1').endsWith('generation'));
    if (keys.length > 0) await this.#client.del(...keys);
  }

  /** Evicts up to `count` entries, whichever Redis picks. */
  async evict(count: number): Promise<void> {
    const keys = await Promise.all(Array.from({ length: count }, () => this.#client.callBuffer('RANDOMKEY')));
    const found = keys.filter((key) => key !== null);
    if (found.length > 0) await this.#client.del(...(found as Buffer[]));
  }

  /** Evicts up to `count` stamps that stand, whichever Redis picks. */
  async evictStamps(count: number): Promise<void> {
    await this.#client.eval(EVICT_STAMPS, 0, count);
  }

  /** CLIENT KILL of one connection, but not of the one for faults. */
  async killConnection(random: Random): Promise<void> {
    const own = await this.#client.call('CLIENT', 'ID');
    const list = String(await this.#client.call('CLIENT', 'LIST', 'TYPE', 'normal'));
    const ids = [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id)).filter((id) => id !== own);
    if (ids.length > 0) await this.#client.call('CLIENT', 'KILL', 'ID', random.pick(ids));
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#client.disconnect();
    this.#instance.kill('SIGKILL');
    await this.#instance.stop();
  }

  /** After a kill; `keep`: with everything that it held. */
  async startAgain(data: 'keep' | 'lose'): Promise<void> {
    if (data === 'lose') {
      await rm(this.#folder, { recursive: true, force: true });
      this.#folder = await newFolder();
    }
    this.#instance = await startOn(this.port, this.#folder);
    this.#client = client(this.port);
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

/** Every write goes to a file at once, so that a restart can bring it all back: the worst case for stale entries. */
const startOn = (port: number, dir: string) =>
  startRedis({ port, dir, args: ['--appendonly', 'yes', '--enable-debug-command', 'local'] });

function client(port: number): Redis {
  const redis = new Redis(port, '127.0.0.1', { lazyConnect: false, maxRetriesPerRequest: 0 });
  redis.on('error', () => {}); // each command reports its own failure
  return redis;
}
