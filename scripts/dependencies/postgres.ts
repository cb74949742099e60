/** Private PostgreSQL servers for tests and for the development stack. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './ports.ts';
import { findPostgresPrograms, type SystemUser, unprivilegedUser } from './postgres-programs.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Whether commits reach the disk, as in production. Default: false, for the temporary data of tests. */
  readonly durable?: boolean;
  /** Copies each complete WAL file to this folder. The server's user must be able to write there. */
  readonly walArchive?: string;
}

export interface PostgresInstance {
  /** The URL of the superuser for the database `postgres`. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The default of 100 connections is not enough for parallel test files with several pools each. */
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300' };
const VOLATILE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts a new, empty server on 127.0.0.1. Its data is removed when it stops. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresInstance> {
  const { initdb } = await findPostgresPrograms();
  const runAs = await unprivilegedUser();
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

  const folder = await mkdtemp(join(tmpdir(), 'featureos-postgres-'));
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  await createCluster(initdb, folder, password, runAs);
  const { durable, walArchive } = options;
  const server = await runPostgres('PostgreSQL', folder, url, {
    ...(!durable && VOLATILE_SETTINGS),
    ...(walArchive && { archive_mode: 'on', archive_command: `cp %p ${walArchive}/%f` }),
  });
  return { url, port, stop: () => server.stop() };
}

/** Starts a server with the data in `folder`/data; resolves when one can log in with the URL. stop() removes the folder. */
export async function runPostgres(
  name: string,
  folder: string,
  url: string,
  settings: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const { postgres } = await findPostgresPrograms();
  const runAs = await unprivilegedUser();
  const options = Object.entries({ ...SETTINGS, ...settings, port: new URL(url).port });
  return startServer({
    name,
    command: postgres,
    args: ['-D', join(folder, 'data'), ...options.flatMap(([option, value]) => ['-c', `${option}=${value}`])],
    folder,
    // Fast shutdown: it disconnects its clients instead of waiting for them.
    stopSignal: 'SIGINT',
    ...(runAs && { runAs }),
    isReady: () => acceptsLogin(url),
  });
}

/** The builtin locale sorts and compares in the same way on every machine, whichever locales are installed. */
async function createCluster(initdb: string, folder: string, password: string, runAs?: SystemUser): Promise<void> {
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
  } catch (error) {
    await rm(folder, { recursive: true });
    throw new Error(`initdb failed: ${(error as Error).message}`, { cause: error });
  }
}

async function acceptsLogin(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined); // an unhandled error event would end the process when the server goes down
  await client.connect();
  await client.end();
  return true;
}
