import { join } from 'node:path';
import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { rpcClient } from '../../scripts/stack/rpc-client.ts';
import { newSecrets, type Secrets } from '../../scripts/stack/secrets.ts';
import type { ResolveAddresses } from '../../services/auth-server/jobs/webhooks/dns-resolver.ts';
import { AuthServer } from '../../services/auth-server/server.ts';
import { serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { Secret } from '../../services/common/credentials/secret.ts';
import { TrustedProxies } from '../../services/common/http/trusted-proxies.ts';
import type { TracingConfig } from '../../services/common/observe/tracing.ts';
import { type Clock, systemClock } from '../../services/common/process/clock.ts';
import { createLog, type Log } from '../../services/common/process/log.ts';
import type { Config as IntrospectionConfig } from '../../services/introspection/config.ts';
import { Introspection } from '../../services/introspection/server.ts';
import { cloneDatabase } from './database.ts';
import { TestPlatform } from './platform.ts';
import { redisNamespace } from './redis.ts';

export interface SystemOptions {
  /** Introspection replicas; default 1. */
  readonly replicas?: number;
  readonly clock?: Clock;
  /** Replaces the shared Redis in tests that break it. */
  readonly redisUrl?: string;
  /** The REDIS_URL of each replica. Default: that of auth-server. */
  readonly replicaRedisUrls?: readonly string[];
  /** The port of a pooler, to which auth-server connects instead of Postgres. */
  readonly databasePort?: number;
  readonly propagationTimeoutMs?: number;
  readonly clientFailuresPerMinute?: number;
  /** Default 60, as in production. */
  readonly refreshRepeatSeconds?: number;
  /** Default: unlimited. */
  readonly refreshesPerMinute?: number;
  /** Maximum number of connections of auth-server's HTTP port; default 2,000. */
  readonly httpMaxConnections?: number;
  /** The setting RESOURCES; default https://api.example/api/v3. */
  readonly resources?: string[];
  /** The setting TRUSTED_PROXIES; default: none. */
  readonly trustedProxies?: string;
  /** Default 10 s. */
  readonly databaseStatementTimeoutMs?: number;
  /** Reflection without a credential, as in the development stack; default off. */
  readonly openReflection?: boolean;
  /** Defaults: no sign-in page, and the built front end. */
  readonly signInUrl?: string;
  readonly webRoot?: string;
  /** Whether webhook receivers may be on this machine; default true, unlike in production. */
  readonly webhookAllowLoopback?: boolean;
  /** Maximum number of deliveries in flight; default 256. */
  readonly webhookConcurrency?: number;
  /** Replaces DNS for webhook receivers. */
  readonly resolveReceiver?: ResolveAddresses;
  /** Settings of introspection, under the names in its configuration. */
  readonly authz?: Partial<
    Pick<IntrospectionConfig, 'authzHttpHost' | 'authzScopeSource' | 'authzRemovesToken' | 'authzResourceMetadata'>
  >;
  /** Default: no traces. */
  readonly tracing?: TracingConfig;
  /** For all services. Default: errors on stderr. */
  readonly log?: Log;
}

/** auth-server and introspection replicas over real sockets, on their own database and Redis namespace. */
export interface System extends Secrets {
  readonly issuer: string;
  readonly authServerGrpc: string;
  readonly authServerInternal: string;
  readonly introspectionGrpc: readonly string[];
  /** host:port of the fast port of each replica. */
  readonly introspectionFastPort: readonly string[];
  /** The URL of the HTTP endpoints for proxies, of each replica. */
  readonly introspectionHttp: readonly string[];
  readonly databaseUrl: string;
  readonly redis: { readonly url: string; readonly keyPrefix: string };
  readonly platform: TestPlatform;
  /** host:port of the metrics of auth-server, and of each replica. */
  readonly metrics: { readonly authServer: string; readonly introspection: readonly string[] };
  /** A gRPC client of auth-server that authenticates with `bearer`. Internal services use the internal port. */
  rpc<Service extends DescService>(service: Service, bearer?: string): Client<Service>;
  /** A gRPC client of a replica, likewise. */
  replicaRpc<Service extends DescService>(service: Service, bearer?: string, replica?: number): Client<Service>;
  /** All services report that they are not ready, and still serve. */
  drain(): void;
  stop(): Promise<void>;
}

/** The part of a system that World needs. */
export type Reachable = Pick<System, 'issuer' | 'introspectionGrpc' | 'tokens' | 'platform' | 'rpc' | 'replicaRpc'>;

/** The size of auth-server's main pool, and of its pool for the token endpoint. */
export const DATABASE_POOL_SIZE = 10;
const LOG_LEVEL = 'error';

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const clock = options.clock ?? systemClock;
  const database = await cloneDatabase();
  const namespace = redisNamespace();
  const redis = { ...namespace, url: options.redisUrl ?? namespace.url };
  const platform = await TestPlatform.start(clock);
  const secrets = newSecrets();
  const { tokens, credentialKey, webhookKey } = secrets;
  const shared = {
    redisUrl: redis.url,
    redisKeyPrefix: redis.keyPrefix,
    redisTimeoutMs: 500,
    credentialKeys: { items: [credentialKey] },
    callerTokens: { items: Object.entries(tokens).map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`) },
    callerCertificates: [],
    tls: undefined,
    fileCheckIntervalMs: 5_000,
    // Never in a test: a client that sends a request before it has seen the GOAWAY gets REFUSED_STREAM.
    maxConnectionAgeMs: 3_600_000,
    drainMs: 0,
    metricsHost: '127.0.0.1',
    metricsPort: 0,
    tracing: options.tracing,
    slowRequestMs: 10_000,
    openReflection: options.openReflection ?? false,
    logLevel: LOG_LEVEL,
  } as const;

  const httpPort = await freePort();
  const authServer = new AuthServer(
    {
      ...shared,
      ...platform.sessionConfig,
      databaseUrl: withPort(database.url, options.databasePort),
      webhookKeys: { items: [webhookKey] },
      webhookAllowLoopback: options.webhookAllowLoopback ?? true,
      webhookConcurrency: options.webhookConcurrency ?? 256,
      auditRetentionMonths: 13,
      databasePoolSize: DATABASE_POOL_SIZE,
      databaseGrantPoolSize: DATABASE_POOL_SIZE,
      databaseReadPoolSize: 10,
      databaseConnectTimeoutMs: 5_000,
      databaseStatementTimeoutMs: options.databaseStatementTimeoutMs ?? 10_000,
      propagationTimeoutMs: options.propagationTimeoutMs ?? 2_000,
      httpHost: '127.0.0.1',
      httpPort,
      httpMaxConnections: options.httpMaxConnections ?? 2_000,
      trustedProxies: TrustedProxies.parse(options.trustedProxies ?? ''),
      grpcHost: '127.0.0.1',
      grpcPort: 0,
      internalGrpcHost: '127.0.0.1',
      internalGrpcPort: 0,
      issuer: `http://127.0.0.1:${httpPort}`,
      resources: options.resources ?? ['https://api.example/api/v3'],
      consentPage: '/consent',
      sessionCookie: 'featureos_session',
      signInUrl: options.signInUrl,
      webRoot: options.webRoot ?? join(import.meta.dirname, '../../services/web/dist'),
      clientFailuresPerMinute: options.clientFailuresPerMinute ?? 10_000,
      refreshRepeatSeconds: options.refreshRepeatSeconds ?? 60,
      refreshesPerMinute: options.refreshesPerMinute ?? 0,
    },
    options.log ?? createLog('auth-server', LOG_LEVEL),
    { clock, ...(options.resolveReceiver !== undefined && { resolveReceiver: options.resolveReceiver }) },
  );
  const { http, grpc, internal, metrics } = await authServer.start();
  const replicas = Array.from(
    { length: options.replicas ?? 1 },
    (_, index) =>
      new Introspection(
        {
          ...shared,
          redisUrl: options.replicaRedisUrls?.[index] ?? redis.url,
          grpcHost: '127.0.0.1',
          grpcPort: 0,
          fastPort: 0,
          authzHttpHost: '127.0.0.1',
          authzHttpPort: 0,
          authzScopeSource: 'query',
          authzRemovesToken: false,
          authzResourceMetadata: undefined,
          ...options.authz,
          workers: 1,
          upstreamTls: undefined,
          authServerTlsName: undefined,
          authServerGrpc: [internal],
          authServerToken: new Secret(tokens.introspection),
          authServerTimeoutMs: 2_000,
          missConcurrency: 4,
          missQueueLength: 20_000,
        },
        options.log ?? createLog('introspection', LOG_LEVEL),
        { clock },
      ),
  );
  const addresses = await Promise.all(replicas.map((replica) => replica.start()));
  const introspectionGrpc = addresses.map(({ grpc }) => grpc);

  return {
    issuer: http,
    authServerGrpc: grpc,
    authServerInternal: internal,
    introspectionGrpc,
    introspectionHttp: addresses.map(({ authz }) => `http://${authz}`),
    introspectionFastPort: addresses.map(({ fastPort }) => fastPort as string),
    databaseUrl: database.url,
    redis,
    ...secrets,
    platform,
    metrics: { authServer: metrics as string, introspection: addresses.map((each) => each.metrics as string) },
    rpc: (service, bearer) => rpcClient(service, isInternal(service) ? internal : grpc, bearer),
    replicaRpc: (service, bearer, replica = 0) => rpcClient(service, introspectionGrpc[replica] as string, bearer),
    drain() {
      for (const service of [authServer, ...replicas]) service.drain();
    },
    async stop() {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await authServer.stop();
      await platform.stop();
      await database.drop();
    },
  };
}

const isInternal = ({ file }: DescService): boolean => file.proto.package === 'featureos.oauth.internal.v1';

function withPort(address: string, port: number | undefined): string {
  const url = new URL(address);
  if (port !== undefined) url.port = String(port);
  return url.href;
}
