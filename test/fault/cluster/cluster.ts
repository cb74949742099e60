import { rpcClient } from '../../../scripts/stack/rpc-client.ts';
import { newSecrets } from '../../../scripts/stack/secrets.ts';
import { migrateToLatest } from '../../../services/auth-server/store/migrate.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { TestPlatform } from '../../support/platform.ts';
import { RedisNode } from '../../support/redis-node.ts';
import { World } from '../../support/world.ts';
import {
  type AuthServerNode,
  type ClusterConfig,
  type ReplicaNode,
  startAuthServer,
  startReplica,
  withPort,
} from './nodes.ts';
import { type PostgresNode, query, startPostgresNode } from './postgres-node.ts';
import { startSentinels } from './sentinels.ts';

export interface ClusterOptions {
  /** Default: 2. The replicas use the first. */
  readonly authServers?: number;
  /** Whether Postgres archives its WAL, as `backUp` and `createRestorePoint` require. */
  readonly archivesWal?: boolean;
  /** How long a replica waits for auth-server; default: as in production. */
  readonly authServerTimeoutMs?: number;
  /** Whether Sentinels monitor the node main, a primary and its replica. Services then connect to it without a fault proxy. */
  readonly sentinels?: boolean;
  /**
   * Cache nodes in addition to main. Services connect to all nodes without a fault proxy. REDIS_URL of the last replica lacks the
   * last node.
   */
  readonly moreNodes?: readonly string[];
}

const REPLICAS = 3;

export type Cluster = Awaited<ReturnType<typeof startCluster>>;

/**
 * Starts Postgres, Redis, auth-servers and replicas, each in its own process. Unless an option says otherwise, every connection
 * between them leads through a fault proxy.
 */
export async function startCluster(options: ClusterOptions = {}) {
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): Promise<void> }>(resource: T) => started.adopt(resource, () => resource.stop());
  const startAll = <T extends { stop(): Promise<void> }>(count: number, start: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => start(index).then(keep)));
  const [postgres, redis, platform] = await Promise.all([
    startPostgresNode(options).then(keep),
    RedisNode.start().then(keep),
    TestPlatform.start().then(keep),
  ]);
  const failover = options.sentinels === true ? await startFailoverPair(redis, keep) : undefined;
  const moreNodes = await Promise.all(
    (options.moreNodes ?? []).map(async (name) => ({ name, redis: keep(await RedisNode.start()) })),
  );
  const nodes = [{ name: 'main', redis }, ...moreNodes];
  const serverUrl = ({ port }: RedisNode) =>
    (port === redis.port && failover?.sentinels.url) || `redis://127.0.0.1:${port}`;
  const urlOf = (some: typeof nodes) => some.map((node) => `${node.name}=${serverUrl(node.redis)}`).join(' ');
  const config: ClusterConfig = {
    redisPort: redis.port,
    redisUrl: failover || moreNodes.length > 0 ? urlOf(nodes) : undefined,
    databaseUrl: await createDatabase(postgres),
    ...newSecrets(),
    platform,
    authServerTimeoutMs: options.authServerTimeoutMs ?? 2_000,
  };
  const observer = await FaultProxy.start(postgres.port()).then(keep);
  const start = (index: number) => startAuthServer(`auth-server ${index}`, config);
  const authServers = await startAll(options.authServers ?? 2, start);
  const [main] = authServers as [AuthServerNode];
  const configOf = (index: number) =>
    moreNodes.length > 0 && index === REPLICAS - 1 ? { ...config, redisUrl: urlOf(nodes.slice(0, -1)) } : config;
  const replicas = await startAll(REPLICAS, (index) => startReplica(`replica ${index}`, configOf(index), main));
  started.defer(async () => {
    for (const replica of replicas) replica.closeClients();
  });
  const resources = started.move();

  return {
    config,
    postgres,
    /** Forwards to the Postgres primary, for the queries of tests. */
    observer,
    redis,
    /** All cache nodes, main first. */
    nodes,
    /** Only with the option `sentinels`. */
    get failover(): FailoverPair {
      if (failover === undefined) throw new Error('the cluster has no Sentinels');
      return failover;
    },
    authServers,
    /** The auth-server that replicas use. */
    main,
    replicas,
    services: [...authServers, ...replicas],
    /** The database at the current Postgres primary, through `observer`. */
    databaseUrl: withPort(config.databaseUrl, observer.port),

    /** The API of one auth-server, or of the first that runs. */
    world(node?: AuthServerNode): World {
      const current = () => node ?? authServers.find((each) => each.isRunning()) ?? main;
      return new World({
        platform,
        tokens: config.tokens,
        introspectionGrpc: [],
        get issuer() {
          return current().address('http');
        },
        rpc: (service, bearer) => rpcClient(service, current().address('grpc'), bearer),
        replicaRpc: (service, bearer) => rpcClient(service, (replicas[0] as ReplicaNode).address('grpc'), bearer),
      });
    },

    /** Introspects a token `times` times on every replica and returns how many responses are active. */
    async activeResponses(token: string, times: number): Promise<number> {
      let active = 0;
      for (let time = 0; time < times; time++) {
        const responses = await Promise.all(replicas.map((replica) => replica.introspect(token)));
        active += responses.filter((response) => response.active).length;
      }
      return active;
    },

    /** Ends the faults of all proxies, disarms faults at steps of changes, and resumes paused processes. */
    heal(): void {
      for (const node of nodes) node.redis.resume();
      failover?.replica.resume();
      observer.heal();
      for (const node of this.services) node.heal();
    },

    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

type Keep = <T extends { stop(): Promise<void> }>(resource: T) => T;

export type FailoverPair = Awaited<ReturnType<typeof startFailoverPair>>;

async function startFailoverPair(primary: RedisNode, keep: Keep) {
  const replica = keep(await RedisNode.start());
  await replica.follow(primary);
  const sentinels = keep(await startSentinels(primary));
  await sentinels.ready();
  return { replica, sentinels };
}

async function createDatabase(postgres: PostgresNode): Promise<string> {
  await query(postgres.url(), 'CREATE DATABASE fault');
  const databaseUrl = new URL(postgres.url());
  databaseUrl.pathname = 'fault';
  await migrateToLatest(databaseUrl.href);
  return databaseUrl.href;
}
