import { mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startOwnedServer } from '../../../scripts/services/owned-server.ts';
import { freePort } from '../../../scripts/services/ports.ts';
import { ensureRedisBinary } from '../../../scripts/services/redis.ts';
import type { RedisNode } from './redis-node.ts';

const PRIMARY = 'main';
const LIMIT_MS = 60_000;
const POLL_MS = 50;

/** A Sentinel of one primary and its replicas. */
export class SentinelNode implements AsyncDisposable {
  readonly #client: Redis;
  readonly #stop: () => Promise<void>;

  private constructor(port: number, stop: () => Promise<void>) {
    this.#client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0 });
    this.#client.on('error', () => {}); // each command reports its own failure
    this.#stop = stop;
  }

  static async start(primary: RedisNode): Promise<SentinelNode> {
    const command = await ensureRedisBinary();
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'featureos-fault-sentinel-'));
    const file = join(folder, 'sentinel.conf');
    const lines = ['bind 127.0.0.1', `port ${port}`, `sentinel monitor ${PRIMARY} 127.0.0.1 ${primary.port} 1`];
    await writeFile(file, `${lines.join('\n')}\n`);
    const { stop } = await startOwnedServer({
      name: 'Sentinel',
      command,
      args: [file, '--sentinel'],
      folder,
      stopSignal: 'SIGTERM',
      answers: () => canConnect(port),
    });
    return new SentinelNode(port, stop);
  }

  /** Makes `next`, a replica of the primary, the primary; resolves when Sentinel says that it is. */
  async failover(next: RedisNode): Promise<void> {
    const deadline = performance.now() + LIMIT_MS;
    let isStarted = false;
    for (;;) {
      // Refused until Sentinel knows a replica that is in step.
      isStarted ||= await this.#client.call('SENTINEL', 'FAILOVER', PRIMARY).then(
        () => true,
        () => false,
      );
      if (isStarted && (await this.#primaryPort()) === next.port) return;
      if (performance.now() > deadline) throw new Error(`Sentinel has not failed over within ${LIMIT_MS} ms`);
      await sleep(POLL_MS);
    }
  }

  async #primaryPort(): Promise<number> {
    const [, port] = (await this.#client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY)) as [string, string];
    return Number(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.disconnect();
    await this.#stop();
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
