/** Private Redis (or Valkey) instances: a cache that tests may flush, suspend and kill. */
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureProgram } from './debian-package.ts';
import { freePort } from './ports.ts';
import { startServer } from './server-process.ts';

const REPLY_TIMEOUT_MS = 1_000;

export interface RedisOptions {
  /** Default: a free one. Set it to restart an instance on the same port. */
  readonly port?: number;
  /** Redis's working directory. Default: a private one that is removed with the instance. */
  readonly dir?: string;
  /** Further command line arguments, such as `--maxmemory 10mb`. */
  readonly args?: readonly string[];
}

export interface RedisInstance {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  /** For faults: SIGSTOP hangs it, SIGCONT resumes it, SIGKILL ends it without a shutdown. */
  kill(signal: NodeJS.Signals): void;
}

/** The path of a Redis server program, installed first if it is missing. */
export function ensureRedisBinary(): Promise<string> {
  return ensureProgram({ names: ['redis-server', 'valkey-server'], debianPackage: 'redis-server' });
}

/** Starts an instance on 127.0.0.1 that persists nothing unless `args` say so. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisInstance> {
  const command = await ensureRedisBinary();
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'featureos-redis-'));
  const server = await startServer({
    name: 'Redis',
    command,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--daemonize', 'no'],
      ...['--save', '', '--appendonly', 'no', '--dir', options.dir ?? folder],
      ...(options.args ?? []),
    ],
    folder,
    stopSignal: 'SIGTERM',
    isReady: (pid) => repliesAs(pid, port),
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    kill: (signal) => server.kill(signal),
    stop: () => server.stop(),
  };
}

/**
 * One raw `INFO server`, so that this file needs no client. The pid in the response distinguishes
 * this instance from another one that already had the port.
 */
function repliesAs(pid: number, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: REPLY_TIMEOUT_MS });
    const settle = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => socket.write('INFO server\r\n'));
    socket.once('data', (reply) => settle(reply.toString().includes(`process_id:${pid}\r\n`)));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
