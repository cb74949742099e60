import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { type PostgresInstance, runPostgres } from '../../scripts/dependencies/postgres.ts';
import { type SystemUser, unprivilegedUser } from '../../scripts/dependencies/postgres-programs.ts';

export interface Standby {
  /** The superuser's, at the database `postgres`. */
  readonly url: string;
  /** Makes it a primary. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** A hot standby that streams from that primary, made from a base backup of it. */
export async function startStandby(primary: Pick<PostgresInstance, 'url'>): Promise<Standby> {
  const runAs = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-standby-'));
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  await copyCluster(primary.url, join(folder, 'data'), runAs);

  const url = new URL(primary.url);
  url.port = String(await freePort());
  const server = await runPostgres('PostgreSQL (standby)', folder, url.href, {
    primary_conninfo: primary.url,
    fsync: 'off',
  });
  return {
    url: url.href,
    promote: () => query(url.href, 'SELECT pg_promote()').then(() => {}),
    stop: () => server.stop(),
  };
}

/** The low-level base backup of PostgreSQL's manual ("Making a Base Backup Using the Low Level API"). */
async function copyCluster(primaryUrl: string, to: string, runAs?: SystemUser): Promise<void> {
  const client = new pg.Client({ connectionString: primaryUrl });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    const { rows } = await client.query('SHOW data_directory');
    await promisify(execFile)('cp', ['-R', '-p', rows[0].data_directory, to], { ...runAs, cwd: tmpdir() });
    await rm(join(to, 'postmaster.pid'));
    const stopped = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
    const files = { backup_label: stopped.rows[0].labelfile, 'standby.signal': '' };
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
  client.on('error', () => {}); // of a server that is going down
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
