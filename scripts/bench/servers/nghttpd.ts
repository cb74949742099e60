import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNghttpdBinary } from '../../dependencies/nghttp2.ts';
import { accepts, freePort } from '../../dependencies/ports.ts';
import { startServer } from '../../dependencies/server-process.ts';
import type { RunningServer } from './child-server.ts';
import { RESPONSE_BYTES } from './constant-response.ts';

export const STATIC_PATH = '/response';

/** nghttp2's server in C++, with one thread and a static file as long as the constant response. */
export async function startNghttpd(): Promise<RunningServer> {
  const command = await ensureNghttpdBinary();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-nghttpd-'));
  await writeFile(join(folder, STATIC_PATH), RESPONSE_BYTES);
  const server = await startServer({
    name: 'nghttpd',
    command,
    args: ['--no-tls', '--address=127.0.0.1', `--htdocs=${folder}`, String(port)],
    folder,
    stopSignal: 'SIGTERM',
    isReady: () => accepts(port),
  });
  return { pid: server.pid, port, stop: () => server.stop() };
}
