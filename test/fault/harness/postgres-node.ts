import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type PostgresInstance, startPostgres } from '../../../scripts/services/postgres.ts';
import { type Standby, startStandby } from '../../support/standby.ts';

const POLL_MS = 50;
const IN_STEP_LIMIT_MS = 30_000;

/** The Postgres primary of a cluster, with or without a standby. Its port is another one after each failover. */
export class PostgresNode {
  #primary: PostgresInstance;
  #standby: Standby | undefined;

  private constructor(primary: PostgresInstance) {
    this.#primary = primary;
  }

  /** Durable: a crash must not lose what was committed. */
  static async start(): Promise<PostgresNode> {
    return new PostgresNode(await startPostgres({ durable: true }));
  }

  /** The superuser's, at the database `postgres` of the primary. */
  get url(): string {
    return this.#primary.url;
  }

  get port(): number {
    return this.#primary.port;
  }

  get standbyPort(): number {
    return portOf(this.#requireStandby());
  }

  /** Resolves when a standby streams, and every commit waits for it: a failover loses nothing that was acknowledged. */
  async addStandby(): Promise<void> {
    // Copied before the primary is told to wait: once promoted, the copy waits for nobody.
    this.#standby = await startStandby(this.#primary);
    await query(this.url, "ALTER SYSTEM SET synchronous_standby_names = '*'");
    await query(this.url, 'SELECT pg_reload_conf()');
    await until(this.url, "SELECT count(*) = 1 AS ok FROM pg_stat_replication WHERE sync_state = 'sync'");
  }

  /** The standby goes on receiving, but what it answers is from now. */
  async freezeStandby(): Promise<void> {
    const { url } = this.#requireStandby();
    await query(url, 'SELECT pg_wal_replay_pause()');
    await until(url, "SELECT pg_get_wal_replay_pause_state() = 'paused' AS ok");
  }

  async removeStandby(): Promise<void> {
    await query(this.url, 'ALTER SYSTEM RESET synchronous_standby_names');
    await query(this.url, 'SELECT pg_reload_conf()');
    await this.#requireStandby().stop();
    this.#standby = undefined;
  }

  /** The primary ends for good, and the standby takes its place; nobody may be connected who could still write. */
  async failOver(): Promise<void> {
    const standby = this.#requireStandby();
    await this.#primary.stop();
    await standby.promote();
    this.#primary = { url: standby.url, port: portOf(standby), stop: () => standby.stop() };
    this.#standby = undefined;
  }

  async stop(): Promise<void> {
    await this.#standby?.stop();
    await this.#primary.stop();
  }

  #requireStandby(): Standby {
    if (this.#standby === undefined) throw new Error('this Postgres has no standby');
    return this.#standby;
  }
}

const portOf = ({ url }: Standby): number => Number(new URL(url).port);

async function until(url: string, text: string): Promise<void> {
  const deadline = performance.now() + IN_STEP_LIMIT_MS;
  while ((await query(url, text))[0]?.ok !== true) {
    if (performance.now() > deadline) throw new Error(`not within ${IN_STEP_LIMIT_MS} ms: ${text}`);
    await sleep(POLL_MS);
  }
}

async function query(url: string, text: string): Promise<{ ok?: boolean }[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
