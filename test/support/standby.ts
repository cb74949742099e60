import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { type PostgresInstance, runPostgres } from '../../scripts/dependencies/postgres.ts';
import { unprivilegedUser } from '../../scripts/dependencies/postgres-programs.ts';

export interface Standby {
  /** The URL of the superuser for the database `postgres`. */
  readonly url: string;
  /** Makes it a primary. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** A hot standby of the primary, made from a base backup. */
export async function startStandby(primary: Pick<PostgresInstance, 'url'>): Promise<Standby> {
  const folder = await serverOwnedFolder('standby');
  await copyCluster(primary.url, join(folder, 'data'), 'standby.signal');

  const url = await urlAtFreePort(primary);
  const server = await runPostgres('PostgreSQL (standby)', folder, url, {
    primary_conninfo: primary.url,
    fsync: 'off',
  });
  return {
    url,
    promote: () => query(url, 'SELECT pg_promote()').then(() => {}),
    stop: () => server.stop(),
  };
}

/** A base backup of a server with the WAL that it has archived since, or a dump of a database. */
export interface Backup {
  /** Starts a server with the state at a restore point (`pg_create_restore_point`), or with the dump. */
  restore(restorePoint: string): Promise<Pick<Standby, 'url' | 'stop'>>;
}

/** Backs up a server that archives its WAL to `walArchive`. */
export async function backUp(primary: Pick<PostgresInstance, 'url'>, walArchive: string): Promise<Backup> {
  const folder = await serverOwnedFolder('backup');
  await copyCluster(primary.url, join(folder, 'data'), 'recovery.signal');
  return {
    async restore(restorePoint) {
      const url = await urlAtFreePort(primary);
      const server = await runPostgres('PostgreSQL (restored)', folder, url, {
        restore_command: `cp ${walArchive}/%f %p`,
        recovery_target_name: restorePoint,
        recovery_target_action: 'promote',
      });
      return { url, stop: () => server.stop() };
    },
  };
}

/** A new folder, owned by the user that runs Postgres. */
export async function serverOwnedFolder(name: string): Promise<string> {
  const runAs = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), `featureos-${name}-`));
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  return folder;
}

async function urlAtFreePort(primary: Pick<PostgresInstance, 'url'>): Promise<string> {
  const url = new URL(primary.url);
  url.port = String(await freePort());
  return url.href;
}

/** The low-level base backup of PostgreSQL's manual ("Making a Base Backup Using the Low Level API"). */
async function copyCluster(
  primaryUrl: string,
  to: string,
  signal: 'standby.signal' | 'recovery.signal',
): Promise<void> {
  const runAs = await unprivilegedUser();
  const client = new pg.Client({ connectionString: primaryUrl });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    const { rows } = await client.query('SHOW data_directory');
    await promisify(execFile)('cp', ['-R', '-p', rows[0].data_directory, to], { ...runAs, cwd: tmpdir() });
    await rm(join(to, 'postmaster.pid'));
    const stopped = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
    const files = { backup_label: stopped.rows[0].labelfile, [signal]: '' };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(to, name), content);
      if (runAs) await chown(join(to, name), runAs.uid, runAs.gid);
    }
  } finally {
    await client.end();
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // while the server stops
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
