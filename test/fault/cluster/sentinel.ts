import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../scripts/dependencies/ports.ts';
import { ensureRedisBinary } from '../../../scripts/dependencies/redis.ts';
import { startServer } from '../../../scripts/dependencies/server-process.ts';
import { connect, type RedisNode } from '../../support/redis-node.ts';

const PRIMARY = 'main';
const LIMIT_MS = 60_000;
const POLL_MS = 50;

/** Starts a Sentinel of one primary and its replicas. */
export async function startSentinel(primary: RedisNode) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-fault-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  await writeFile(file, `bind 127.0.0.1\nport ${port}\nsentinel monitor ${PRIMARY} 127.0.0.1 ${primary.port} 1\n`);
  const client = connect(port);
  const succeeds = (call: Promise<unknown>) =>
    call.then(
      () => true,
      () => false,
    );
  const server = await startServer({
    name: 'Sentinel',
    command: await ensureRedisBinary(),
    args: [file, '--sentinel'],
    folder,
    stopSignal: 'SIGTERM',
    isReady: () => succeeds(client.ping()),
  });
  const primaryPort = async () => {
    const [, current] = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY)) as [string, string];
    return Number(current);
  };
  return {
    /** Makes a replica of the primary the primary; resolves when Sentinel reports that it is. */
    async failOver(to: RedisNode): Promise<void> {
      const deadline = performance.now() + LIMIT_MS;
      let isStarted = false;
      while (!isStarted || (await primaryPort()) !== to.port) {
        if (performance.now() > deadline) throw new Error(`Sentinel did not fail over within ${LIMIT_MS} ms`);
        // Refused until Sentinel knows a replica that is in sync.
        isStarted ||= await succeeds(client.call('SENTINEL', 'FAILOVER', PRIMARY));
        await sleep(POLL_MS);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      client.disconnect();
      await server.stop();
    },
  };
}
