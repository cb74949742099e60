import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { ensureRedisBinary } from '../../scripts/dependencies/redis.ts';
import { startServer } from '../../scripts/dependencies/server-process.ts';
import { connect } from './redis-node.ts';

/** The name of the primary in every Sentinel. */
export const PRIMARY_NAME = 'main';

export type SentinelNode = Awaited<ReturnType<typeof startSentinel>>;

/** Starts a Sentinel with these lines of configuration. */
export async function startSentinel(settings: readonly string[]) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  await writeFile(file, `${['bind 127.0.0.1', `port ${port}`, ...settings].join('\n')}\n`);
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
        ({ message }: Error) => message.startsWith('NOAUTH'),
      ),
  });
  return {
    port,
    client,
    async primaryPort(): Promise<number> {
      const [, current] = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY_NAME)) as [string, string];
      return Number(current);
    },
    async stop(): Promise<void> {
      client.disconnect();
      await server.stop();
    },
  };
}
