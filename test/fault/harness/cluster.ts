import { Client } from 'pg';
import { migrateToLatest } from '../../../services/auth-server/store/migrate.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { TestPlatform } from '../../support/platform.ts';
import { AuthNode } from './auth-node.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { PostgresNode } from './postgres-node.ts';
import { RedisNode } from './redis-node.ts';
import { ReplicaNode } from './replica-node.ts';
import { newSecrets } from './secrets.ts';

export interface ClusterOptions {
  /** At least one; the replicas ask the first. Two unless told. */
  readonly authServers?: number;
  /** The longest that a replica waits for auth-server; the default of production unless told. */
  readonly authServerTimeoutMs?: number;
}

const REPLICAS = 3;
const DATABASE = 'fault';

/** Postgres, Redis, auth-servers and replicas, all processes of this run alone, with a fault proxy on every wire. */
export class Cluster implements AsyncDisposable {
  readonly parts: ClusterParts;
  readonly postgres: PostgresNode;
  /** The wire of whoever looks into the database past the services. */
  readonly observer: FaultProxy;
  readonly redis: RedisNode;
  readonly authServers: readonly AuthNode[];
  readonly replicas: readonly ReplicaNode[];
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: ClusterParts,
    nodes: Pick<Cluster, 'postgres' | 'observer' | 'redis' | 'authServers' | 'replicas'>,
    resources: AsyncDisposableStack,
  ) {
    this.parts = parts;
    this.postgres = nodes.postgres;
    this.observer = nodes.observer;
    this.redis = nodes.redis;
    this.authServers = nodes.authServers;
    this.replicas = nodes.replicas;
    this.#resources = resources;
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    await using started = new AsyncDisposableStack();
    const keep = <T extends { stop(): Promise<void> }>(resource: T) => started.adopt(resource, () => resource.stop());
    const [postgres, redis, platform] = await Promise.all([
      PostgresNode.start().then(keep),
      RedisNode.start().then(keep),
      TestPlatform.start().then(keep),
    ]);
    const observer = await FaultProxy.start(postgres.port).then(keep);
    const databaseUrl = await createDatabase(postgres);
    const { authServerTimeoutMs = 2_000 } = options;
    const parts = { redisPort: redis.port, databaseUrl, secrets: newSecrets(), platform, authServerTimeoutMs };
    const authServers = await Promise.all(
      Array.from({ length: options.authServers ?? 2 }, (_, index) =>
        AuthNode.start(`auth-server ${index}`, parts).then(keep),
      ),
    );
    const { internalPort } = authServers[0] as AuthNode;
    const replicas = await Promise.all(
      Array.from({ length: REPLICAS }, (_, index) =>
        ReplicaNode.start(`replica ${index}`, parts, internalPort).then(keep),
      ),
    );
    return new Cluster(parts, { postgres, observer, redis, authServers, replicas }, started.move());
  }

  /** The auth-server that replicas ask. */
  get main(): AuthNode {
    return this.authServers[0] as AuthNode;
  }

  /** The database, wherever the primary is, for whoever looks into it past the services. */
  get databaseUrl(): string {
    const url = new URL(this.parts.databaseUrl);
    url.port = String(this.observer.port);
    return url.href;
  }

  get fencesFailed(): number {
    return this.authServers.reduce((sum, { fencesFailed }) => sum + fencesFailed, 0);
  }

  /** Every wire flows, every process that is paused goes on. */
  heal(): void {
    this.redis.resume();
    this.observer.heal();
    for (const node of [...this.authServers, ...this.replicas]) node.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

async function createDatabase({ url }: PostgresNode): Promise<string> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${DATABASE}`).finally(() => admin.end());
  const databaseUrl = new URL(url);
  databaseUrl.pathname = DATABASE;
  await migrateToLatest(databaseUrl.href);
  return databaseUrl.href;
}
