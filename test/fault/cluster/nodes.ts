import { create } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { IntrospectResponse } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import {
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Secrets } from '../../../scripts/stack/secrets.ts';
import { serviceTokenDigest } from '../../../services/common/callers/service-tokens.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { grpcMethod } from '../../support/grpc-method.ts';
import type { TestPlatform } from '../../support/platform.ts';
import { type Environment, startService } from './service-node.ts';

/** The configuration of the services of a cluster. */
export interface ClusterConfig extends Secrets {
  readonly redisPort: number;
  /** Default: through a fault proxy of each service to `redisPort`. */
  readonly redisUrl: string | undefined;
  /** The URL of the database at the Postgres primary with which the cluster was started. */
  readonly databaseUrl: string;
  readonly platform: TestPlatform;
  readonly authServerTimeoutMs: number;
}

/** The standard port of a replica and the fast one, as the service names them. */
export const PORTS = ['grpc', 'fastPort'] as const;

const { path, requestSerialize, responseDeserialize } = grpcMethod(IntrospectionService.method.introspect);
/** Longer than a replica is paused (a third of an outage) if outages last up to 150 s: requests from before get a response. */
const DEADLINE_MS = 60_000;
/** Longer than a process waits for a CPU core: introspection must succeed from Redis while auth-server is down. */
const REDIS_TIMEOUT_MS = 1_500;
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 500 };

const sharedEnvironment = ({ credentialKey, tokens, redisUrl }: ClusterConfig, redis: FaultProxy): Environment => ({
  REDIS_URL: redisUrl ?? `redis://127.0.0.1:${redis.port}`,
  CREDENTIAL_KEYS: credentialKey,
  CALLER_TOKENS: Object.entries(tokens)
    .map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`)
    .join(','),
  LOG_LEVEL: 'error',
});

export type AuthServerNode = Awaited<ReturnType<typeof startAuthServer>>;

export async function startAuthServer(name: string, config: ClusterConfig) {
  const redis = await FaultProxy.start(config.redisPort);
  const postgres = await FaultProxy.start(portOf(config.databaseUrl));
  const { sessionJwksUrl, sessionIssuer, sessionAudience } = config.platform.sessionConfig;
  const node = await startService({
    name,
    script: 'auth-server',
    portVariables: ['HTTP_PORT', 'GRPC_PORT', 'INTERNAL_GRPC_PORT', 'METRICS_PORT'],
    environment: {
      ...sharedEnvironment(config, redis),
      DATABASE_URL: withPort(config.databaseUrl, postgres.port),
      WEBHOOK_KEYS: config.webhookKey,
      WEBHOOK_ALLOW_LOOPBACK: 'true',
      DATABASE_CONNECT_TIMEOUT_MS: '5000',
      CLIENT_FAILURES_PER_MINUTE: '1000000',
      REFRESHES_PER_MINUTE: '0',
      SESSION_JWKS_URL: sessionJwksUrl,
      SESSION_ISSUER: sessionIssuer,
      SESSION_AUDIENCE: sessionAudience,
    },
    proxies: [redis, postgres],
  });
  return Object.assign(node, {
    redis,
    postgres,
    /** The port to which replicas send their lookups. */
    internalPort: portOf(`grpc://${node.address('internal')}`),
  });
}

export type ReplicaNode = Awaited<ReturnType<typeof startReplica>>;

/** Starts an introspection replica, and creates a client for each port. */
export async function startReplica(name: string, config: ClusterConfig, { internalPort }: AuthServerNode) {
  const redis = await FaultProxy.start(config.redisPort);
  const authServer = await FaultProxy.start(internalPort);
  const node = await startService({
    name,
    script: 'introspection',
    portVariables: ['GRPC_PORT', 'FAST_PORT', 'AUTHZ_HTTP_PORT', 'METRICS_PORT'],
    environment: {
      ...sharedEnvironment(config, redis),
      AUTH_SERVER_GRPC: `127.0.0.1:${authServer.port}`,
      AUTH_SERVER_TOKEN: config.tokens.introspection,
      AUTH_SERVER_TIMEOUT_MS: String(config.authServerTimeoutMs),
      REDIS_TIMEOUT_MS: String(REDIS_TIMEOUT_MS),
    },
    proxies: [redis, authServer],
  });
  const clients = PORTS.map((port) => new Client(node.address(port), credentials.createInsecure(), RECONNECT));
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${config.tokens.gateway}`);
  let requests = 0;
  return Object.assign(node, {
    redis,
    authServer,
    /** Calls Introspect, at each port in turn. Rejects with the status of the call. */
    introspect(token: string): Promise<IntrospectResponse> {
      const client = clients[requests++ % PORTS.length] as Client;
      const request = create(IntrospectRequestSchema, { token });
      const options = { deadline: Date.now() + DEADLINE_MS };
      return new Promise((resolve, reject) => {
        const callback = (error: ServiceError | null, response?: IntrospectResponse) =>
          response ? resolve(response) : reject(error);
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, options, callback);
      });
    },
    closeClients(): void {
      for (const client of clients) client.close();
    },
  });
}

export const portOf = (url: string): number => Number(new URL(url).port);

export function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
