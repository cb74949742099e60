import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../../scripts/services/ports.ts';
import { type RedisInstance, startRedis } from '../../../scripts/services/redis.ts';

/** The one Redis primary of a cluster: always on the same port, with or without what it held before. */
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

  async flush(): Promise<void> {
    await this.#client.flushall();
  }

  /** Evicts up to `count` entries, whichever Redis picks. */
  async evict(count: number): Promise<void> {
    const keys = await Promise.all(Array.from({ length: count }, () => this.#client.callBuffer('RANDOMKEY')));
    const found = keys.filter((key) => key !== null);
    if (found.length > 0) await this.#client.del(...(found as Buffer[]));
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

const newFolder = () => mkdtemp(join(tmpdir(), 'featureos-fault-redis-'));

/** Every write goes to a file at once, so that a restart can bring it all back: the worst case for stale entries. */
const startOn = (port: number, dir: string) => startRedis({ port, dir, args: ['--appendonly', 'yes'] });

function client(port: number): Redis {
  const redis = new Redis(port, '127.0.0.1', { lazyConnect: false, maxRetriesPerRequest: 0 });
  redis.on('error', () => {}); // each command reports its own failure
  return redis;
}
