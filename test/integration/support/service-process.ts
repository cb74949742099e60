import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceTokenDigest } from '../../../services/common/callers/service-tokens.ts';
import type { System } from '../../support/system.ts';

/** A service as in production: its `main.ts` in a process. */
export interface ServiceProcess {
  readonly pid: number;
  /** Its log so far. The last lines before its exit may arrive after `ended` has resolved. */
  log(): string;
  /** The first log line with the message, not counting lines of workers; rejects if the process exits without it. */
  logged(message: string): Promise<Record<string, string>>;
  /** The pids of its children. */
  workers(): number[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>;
}

const mainOf = (name: string) => fileURLToPath(new URL(`../../../services/${name}/main.ts`, import.meta.url));

/** Where Node caches compiled code, because compiling takes most of the start of a process. */
const COMPILE_CACHE = join(tmpdir(), 'featureos-test-compile-cache');

const running = new Set<ServiceProcess>();

/** Starts a service on the database and the Redis of `system`. */
export function startService(
  name: 'auth-server' | 'introspection',
  system: System,
  environment: Record<string, string>,
): ServiceProcess {
  const { sessionJwksUrl, sessionIssuer, sessionAudience } = system.platform.sessionConfig;
  const authServer = {
    DATABASE_URL: system.databaseUrl,
    WEBHOOK_KEYS: system.webhookKey,
    SESSION_JWKS_URL: sessionJwksUrl,
    SESSION_ISSUER: sessionIssuer,
    SESSION_AUDIENCE: sessionAudience,
    INTERNAL_GRPC_PORT: '0',
  };
  const introspection = {
    AUTH_SERVER_GRPC: system.authServerInternal,
    AUTH_SERVER_TOKEN: system.tokens.introspection,
    FAST_PORT: '0',
  };
  const child = spawn(process.execPath, [mainOf(name)], {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      REDIS_URL: system.redis.url,
      REDIS_KEY_PREFIX: system.redis.keyPrefix,
      CREDENTIAL_KEYS: system.credentialKey,
      CALLER_TOKENS: `gateway=${serviceTokenDigest(system.tokens.gateway)}`,
      GRPC_PORT: '0',
      DRAIN_SECONDS: '0',
      ...(name === 'auth-server' ? authServer : introspection),
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  let isClosed = false;
  child.once('close', () => {
    isClosed = true;
  });
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(service);
    return code as number | null;
  });
  const service: ServiceProcess = {
    pid: child.pid as number,
    log: () => log,
    ended,
    async logged(message) {
      for (;;) {
        const line = log.split('\n').find((text) => text.includes(`"msg":"${message}"`) && !text.includes('"worker":'));
        if (line !== undefined) return JSON.parse(line);
        if (isClosed) throw new Error(`the process exited without logging "${message}":\n${log}`);
        await Promise.race([once(child.stderr, 'data'), once(child, 'close')]);
      }
    },
    workers: () => childrenOf(child.pid as number),
    kill: (signal) => void child.kill(signal),
  };
  running.add(service);
  return service;
}

/** Kills all services that are still running; workers end with their pool. */
export async function endServices(): Promise<void> {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const isSocket = (fd: string) => {
    try {
      return readlinkSync(join(folder, fd)).startsWith('socket:');
    } catch {
      return false; // closed meanwhile
    }
  };
  return readdirSync(folder).filter(isSocket).length;
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    return []; // it has ended
  }
}
