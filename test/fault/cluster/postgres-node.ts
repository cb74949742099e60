import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../../scripts/dependencies/postgres.ts';
import { dumpDatabase } from '../../support/logical-dump.ts';
import { type Backup, backUp, type Standby, serverOwnedFolder, startStandby } from '../../support/standby.ts';
import { Tables } from '../../support/tables.ts';
import { portOf } from './nodes.ts';

const POLL_MS = 50;
const POLL_LIMIT_MS = 30_000;

export type PostgresNode = Awaited<ReturnType<typeof startPostgresNode>>;

/** Starts the Postgres primary of a cluster, which can have a standby. A failover or restore changes its port. */
export async function startPostgresNode({ archivesWal = false }: { readonly archivesWal?: boolean } = {}) {
  const walArchive = archivesWal ? await serverOwnedFolder('wal') : undefined;
  // Durable, as a crash must not lose a commit.
  let primary: Omit<Standby, 'promote'> = await startPostgres({ durable: true, ...(walArchive && { walArchive }) });
  let standby: Standby | undefined;
  const requireStandby = (): Standby => {
    if (standby === undefined) throw new Error('this Postgres has no standby');
    return standby;
  };
  return {
    /** The superuser's URL of the database `postgres` of the primary. */
    url: () => primary.url,
    port: () => portOf(primary.url),
    standbyPort: () => portOf(requireStandby().url),

    /** Afterwards every commit waits for the standby, so that a failover loses nothing that was acknowledged. */
    async addStandby(): Promise<void> {
      // The copy is made before the setting, so that the standby, once promoted, does not wait for another one.
      standby = await startStandby(primary);
      await query(primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'", 'SELECT pg_reload_conf()');
      await until(primary.url, "SELECT count(*) = 1 AS ok FROM pg_stat_replication WHERE sync_state = 'sync'");
    },

    /** The standby still receives changes, but no longer applies them. */
    async freezeStandby(): Promise<void> {
      const { url } = requireStandby();
      await query(url, 'SELECT pg_wal_replay_pause()');
      await until(url, "SELECT pg_get_wal_replay_pause_state() = 'paused' AS ok");
    },

    async removeStandby(): Promise<void> {
      await query(primary.url, 'ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()');
      await requireStandby().stop();
      standby = undefined;
    },

    /** Stops the primary and promotes the standby. No client that could still write may be connected. */
    async failOver(): Promise<void> {
      const next = requireStandby();
      await primary.stop();
      await next.promote();
      [primary, standby] = [next, undefined];
    },

    backUp(): Promise<Backup> {
      if (walArchive === undefined) throw new Error('this Postgres archives no WAL');
      return backUp(primary, walArchive);
    },

    /** Saves the rows of the services' database. */
    dump(): Promise<Backup> {
      const databaseUrl = new URL(primary.url);
      databaseUrl.pathname = 'fault';
      return dumpDatabase(databaseUrl.href);
    },

    /** Names the current state, and waits until its WAL is archived. */
    async createRestorePoint(name: string): Promise<void> {
      await query(primary.url, `SELECT pg_create_restore_point('${name}')`);
      const [wal] = (await query(primary.url, 'SELECT pg_walfile_name(pg_switch_wal()) AS name')) as { name: string }[];
      await until(primary.url, `SELECT last_archived_wal >= '${wal?.name}' AS ok FROM pg_stat_archiver`);
    },

    /** Replaces the primary with a server with the backup's state at a restore point. A dump has only one state. */
    async restore(backup: Backup, restorePoint = ''): Promise<void> {
      await primary.stop();
      primary = await backup.restore(restorePoint);
    },

    async stop(): Promise<void> {
      await standby?.stop();
      await primary.stop();
      if (walArchive) await rm(walArchive, { recursive: true });
    },
  };
}

/** Runs statements and returns the rows of the last one. */
export async function query(url: string, ...statements: string[]): Promise<{ ok?: boolean }[]> {
  const tables = new Tables(url);
  try {
    let rows: { ok?: boolean }[] = [];
    for (const statement of statements) rows = await tables.rows(statement);
    return rows;
  } finally {
    await tables.close();
  }
}

async function until(url: string, text: string): Promise<void> {
  const deadline = performance.now() + POLL_LIMIT_MS;
  while ((await query(url, text))[0]?.ok !== true) {
    if (performance.now() > deadline) throw new Error(`still not true after ${POLL_LIMIT_MS} ms: ${text}`);
    await sleep(POLL_MS);
  }
}
