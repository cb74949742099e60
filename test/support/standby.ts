import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startOwnedServer } from '../../scripts/dependencies/owned-server.ts';
import { freePort } from '../../scripts/dependencies/ports.ts';
import type { PostgresInstance } from '../../scripts/dependencies/postgres.ts';
import {
  findPostgresPrograms,
  type SystemUser,
  unprivilegedUser,
} from '../../scripts/dependencies/postgres-programs.ts';

export interface Standby {
  /** The superuser's, at the database `postgres`. */
  readonly url: string;
  /** Makes it a primary of its own. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** A hot standby that streams from that primary, made from a base backup of it. */
export async function startStandby(primary: Pick<PostgresInstance, 'url'>): Promise<Standby> {
  const { postgres } = await findPostgresPrograms();
  const runAs = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'featureos-standby-'));
  const dataFolder = join(folder, 'data');
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  await copyCluster(primary.url, dataFolder, runAs);

  const port = await freePort();
  const url = new URL(primary.url);
  url.port = String(port);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300', // at least as many as the primary has
    primary_conninfo: primary.url,
    fsync: 'off',
  };
  const { stop } = await startOwnedServer({
    name: 'PostgreSQL (standby)',
    command: postgres,
    args: [
      '-D',
      dataFolder,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    folder,
    stopSignal: 'SIGINT',
    ...(runAs && { runAs }),
    answers: () =>
      query(url.href, 'SELECT 1').then(
        () => true,
        () => false,
      ),
  });
  return { url: url.href, promote: () => query(url.href, 'SELECT pg_promote()').then(() => {}), stop };
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
