import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient as createRpcClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { freePort } from '../../scripts/services/ports.ts';
import type { ResolveAddresses } from '../../services/auth-server/jobs/webhooks/dns-resolver.ts';
import { AuthServer } from '../../services/auth-server/server.ts';
import { serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { Secret } from '../../services/common/credentials/secret.ts';
import { TrustedProxies } from '../../services/common/http/trusted-proxies.ts';
import { type Clock, systemClock } from '../../services/common/process/clock.ts';
import { createLog, type Log } from '../../services/common/process/log.ts';
import type { Config as IntrospectionConfig } from '../../services/introspection/config.ts';
import { Introspection } from '../../services/introspection/server.ts';
import { cloneDatabase } from './database.ts';
import { TestPlatform } from './platform.ts';
import { redisNamespace } from './redis.ts';

export interface SystemOptions {
  /** Introspection replicas; 1 unless told. */
  readonly replicas?: number;
  readonly clock?: Clock;
  /** In place of the run's Redis, for tests that break it. */
  readonly redisUrl?: string;
  /** In place of Postgres' own port: that of a pooler before it. */
  readonly databasePort?: number;
  readonly propagationTimeoutMs?: number;
  readonly clientFailuresPerMinute?: number;
  /** 60 unless told, as in production. */
  readonly refreshRepeatSeconds?: number;
  /** Unlimited unless told: tests refresh in loops. */
  readonly refreshesPerMinute?: number;
  /** Connections of auth-server's HTTP port at once; 2,000 unless told. */
  readonly httpMaxConnections?: number;
  /** As RESOURCES; https://api.example/api/v3 unless told. */
  readonly resources?: string[];
  /** As TRUSTED_PROXIES; nobody unless told. */
  readonly trustedProxies?: string;
  /** The longest that one statement may take; 10 s unless told. */
  readonly databaseStatementTimeoutMs?: number;
  /** Reflection without a credential, as in the development stack; closed unless told. */
  readonly openReflection?: boolean;
  /** In place of no sign-in page, and of the front end as it is built. */
  readonly signInUrl?: string;
  readonly webRoot?: string;
  /** Webhook receivers on this machine; unlike in production, allowed unless told. */
  readonly webhookAllowLoopback?: boolean;
  /** Deliveries under way at once. */
  readonly webhookConcurrency?: number;
  /** In place of DNS for webhook receivers. */
  readonly resolveReceiver?: ResolveAddresses;
  /** As the settings of their names; the defaults unless told. */
  readonly authz?: Partial<
    Pick<IntrospectionConfig, 'authzHttpHost' | 'authzScopeSource' | 'authzRemovesToken' | 'authzResourceMetadata'>
  >;
  /** In place of errors on stderr: where all services log. */
  readonly log?: Log;
}

/** The plain tokens of the kinds of service caller. */
export interface CallerTokens {
  readonly gateway: string;
  readonly platform: string;
  readonly operator: string;
  readonly introspection: string;
}

/** auth-server and introspection replicas over real sockets, on a database and a Redis namespace of their own. */
export interface System {
  readonly issuer: string;
  readonly authServerGrpc: string;
  readonly authServerInternal: string;
  readonly introspectionGrpc: readonly string[];
  /** The fast port of each replica. */
  readonly introspectionLane: readonly string[];
  /** The HTTP endpoints for proxies, of each replica. */
  readonly introspectionHttp: readonly string[];
  readonly databaseUrl: string;
  readonly redis: { readonly url: string; readonly keyPrefix: string };
  readonly tokens: CallerTokens;
  readonly credentialKey: string;
  readonly webhookKey: string;
  readonly platform: TestPlatform;
  /** A gRPC client at auth-server, with that bearer credential; of an internal service at its internal port. */
  rpc<Service extends DescService>(service: Service, bearer?: string): Client<Service>;
  /** The same at a replica. */
  replicaRpc<Service extends DescService>(service: Service, bearer?: string, replica?: number): Client<Service>;
  /** All of it says that it is not ready, and serves on. */
  drain(): void;
  stop(): Promise<void>;
}

/** What people and services do needs no more of a system than that. */
export type Reachable = Pick<System, 'issuer' | 'introspectionGrpc' | 'tokens' | 'platform' | 'rpc' | 'replicaRpc'>;

/** Of auth-server, for all but reads of token state. */
export const DATABASE_POOL_SIZE = 10;
const LOG_LEVEL = 'error';

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const clock = options.clock ?? systemClock;
  const database = await cloneDatabase();
  const namespace = redisNamespace();
  const redis = { ...namespace, url: options.redisUrl ?? namespace.url };
  const platform = await TestPlatform.start(clock);
  const tokens = newTokens();
  const credentialKey = randomBytes(32).toString('hex');
  const webhookKey = randomBytes(32).toString('hex');
  const shared = {
    redisUrl: redis.url,
    redisKeyPrefix: redis.keyPrefix,
    redisTimeoutMs: 500,
    credentialKeys: [credentialKey],
    callerTokens: Object.entries(tokens).map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`),
    maxConnectionAgeMs: 60_000,
    drainMs: 0,
    metricsHost: '127.0.0.1',
    metricsPort: undefined,
    openReflection: options.openReflection ?? false,
    logLevel: LOG_LEVEL,
  } as const;

  const httpPort = await freePort();
  const authServer = new AuthServer(
    {
      ...shared,
      ...platform.sessionConfig,
      databaseUrl: withPort(database.url, options.databasePort),
      webhookKeys: [webhookKey],
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
      consentPagePath: '/consent',
      sessionCookie: 'featureos_session',
      signInUrl: options.signInUrl,
      webRoot: options.webRoot ?? join(import.meta.dirname, '../../services/consent-web/dist'),
      clientFailuresPerMinute: options.clientFailuresPerMinute ?? 10_000,
      refreshRepeatSeconds: options.refreshRepeatSeconds ?? 60,
      refreshesPerMinute: options.refreshesPerMinute ?? 0,
    },
    options.log ?? createLog('auth-server', LOG_LEVEL),
    { clock, ...(options.resolveReceiver !== undefined && { resolveReceiver: options.resolveReceiver }) },
  );
  const { http, grpc, internal } = await authServer.start();
  const replicas = Array.from(
    { length: options.replicas ?? 1 },
    () =>
      new Introspection(
        {
          ...shared,
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
    introspectionLane: addresses.map(({ lane }) => lane as string),
    databaseUrl: database.url,
    redis,
    tokens,
    credentialKey,
    webhookKey,
    platform,
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

export function newTokens(): CallerTokens {
  const token = () => randomBytes(32).toString('base64url');
  return { gateway: token(), platform: token(), operator: token(), introspection: token() };
}

/** A gRPC client at an address, with that bearer credential. */
export function rpcClient<Service extends DescService>(
  service: Service,
  address: string,
  bearer?: string,
): Client<Service> {
  const authenticate: Interceptor = (next) => (request) => {
    if (bearer !== undefined) request.header.set('authorization', `Bearer ${bearer}`);
    return next(request);
  };
  return createRpcClient(service, createGrpcTransport({ baseUrl: `http://${address}`, interceptors: [authenticate] }));
}
