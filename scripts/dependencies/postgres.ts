/** Private PostgreSQL servers for tests and for the development stack. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startOwnedServer } from './owned-server.ts';
import { freePort } from './ports.ts';
import { findPostgresPrograms, type SystemUser, unprivilegedUser } from './postgres-programs.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Commits reach the disk, at their real price. Default: false, which suits a test's throw-away data. */
  readonly durable?: boolean;
}

export interface PostgresInstance {
  /** The superuser's, at the database `postgres`. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Test files in parallel hold several pools each, and the default of 100 runs out. */
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300' };
const VOLATILE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts a new, empty server on 127.0.0.1. Its data goes when it stops. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresInstance> {
  const { initdb, postgres } = await findPostgresPrograms();
  const runAs = await unprivilegedUser();
  const port = options.port ?? (await freePort());
  const password = randomBytes(16).toString('hex');
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

  const folder = await mkdtemp(join(tmpdir(), 'featureos-postgres-'));
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  const dataFolder = await createCluster(initdb, folder, password, runAs);

  const settings = Object.entries({ ...SETTINGS, ...(options.durable ? {} : VOLATILE_SETTINGS) });
  const { stop } = await startOwnedServer({
    name: 'PostgreSQL',
    command: postgres,
    args: ['-D', dataFolder, '-p', String(port), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    folder,
    // Fast shutdown: it disconnects its clients instead of waiting for them.
    stopSignal: 'SIGINT',
    ...(runAs && { runAs }),
    answers: () => acceptsLogin(url),
  });
  return { url, port, stop };
}

/** The builtin locale sorts and compares alike on every machine, whatever locales it has installed. */
async function createCluster(initdb: string, folder: string, password: string, runAs?: SystemUser): Promise<string> {
  const dataFolder = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs) await chown(passwordFile, runAs.uid, runAs.gid);
  const args = [
    ...['--pgdata', dataFolder, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--no-locale', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    '--no-sync',
  ];
  try {
    await run(initdb, args, { cwd: tmpdir(), ...runAs });
    await rm(passwordFile);
    return dataFolder;
  } catch (error) {
    await rm(folder, { recursive: true });
    throw new Error(`initdb failed: ${(error as Error).message}`, { cause: error });
  }
}

async function acceptsLogin(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  // An error after the answer (the server going down) has nobody to tell here.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
