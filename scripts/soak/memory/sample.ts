import { readdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Stack } from '../../stack/start-stack.ts';

const KIB = 1_024;

/** The resources of one process. */
export interface ProcessUsage {
  /** Resident memory; for Postgres the private memory of its client backends, for Redis `used_memory`. */
  readonly bytes: number;
  /** Open files and sockets; for Postgres and Redis the number of clients. */
  readonly connections: number;
}

/** The resources of every process at one time, by name. */
export interface Sample {
  /** Since the sampler was created. */
  readonly seconds: number;
  readonly processes: Readonly<Record<string, ProcessUsage>>;
}

/** Reads the resources of the services of a stack and of its Postgres and Redis. The sampler's connections are not counted. */
export class Sampler {
  readonly #pids: Stack['pids'];
  readonly #postgres: pg.Pool;
  readonly #redis: Redis;
  readonly #began = performance.now();

  constructor({ pids, info }: Stack) {
    this.#pids = pids;
    this.#postgres = new pg.Pool({ connectionString: info.database_url, max: 1 });
    this.#redis = new Redis(info.redis_url);
  }

  async read(): Promise<Sample> {
    const services = [...this.#pids].map(([name, pid]) => [name, ofProcess(pid)] as const);
    const [postgres, redis] = await Promise.all([this.#ofPostgres(), this.#ofRedis()]);
    const processes = { ...Object.fromEntries(services), postgres, redis };
    return { seconds: (performance.now() - this.#began) / 1_000, processes };
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#postgres.end();
  }

  async #ofPostgres(): Promise<ProcessUsage> {
    const { rows } = await this.#postgres.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    const bytes = rows.map(({ pid }) => privateBytes(pid)).reduce((sum, each) => sum + each, 0);
    return { bytes, connections: rows.length };
  }

  async #ofRedis(): Promise<ProcessUsage> {
    const info = await this.#redis.info();
    const numberOf = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
    return { bytes: numberOf('used_memory'), connections: numberOf('connected_clients') - 1 };
  }
}

function ofProcess(pid: number): ProcessUsage {
  const openFiles = readdirSync(`/proc/${pid}/fdinfo`).length;
  return { bytes: kibOf(pid, 'status', 'VmRSS') * KIB, connections: openFiles };
}

/** 0 if the process has ended. */
function privateBytes(pid: number): number {
  try {
    return kibOf(pid, 'status', 'RssAnon') * KIB;
  } catch {
    return 0;
  }
}

const kibOf = (pid: number, file: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1]);
