import { replicaAddressProblem } from '@featureos/introspection-client';
import { readCallers } from '#common/callers/settings.ts';
import { readOwnToken } from '#common/credentials/own-token.ts';
import { hexKey, host, publicUrl, redisUrl } from '#common/process/config-checks.ts';
import { ConfigReader, type Environment } from '#common/process/config-readers.ts';
import { readListSetting } from '#common/process/list-setting.ts';
import { readServerTls, readTlsName, readUpstreamTls } from '#common/tls/settings.ts';

/** Everything that can be configured. */
export type Config = Readonly<ReturnType<typeof readConfig>>;

/** The only reader of the environment. Throws one error that lists every problem. */
export function readConfig(environment: Environment = process.env) {
  const read = new ConfigReader(environment);
  const milliseconds = (name: string, fallback: number) => read.integer(name, { fallback, min: 1, max: 60_000 });
  const tls = readServerTls(read);
  const upstreamTls = readUpstreamTls(read);
  const authServerGrpc = read.list('AUTH_SERVER_GRPC', '127.0.0.1:8085', replicaAddressProblem);
  const config = {
    /** For all ports; undefined: plain text. */
    tls,
    /** For connections to auth-server; undefined: plain text. */
    upstreamTls,
    fileCheckIntervalMs: read.fileCheckIntervalMs(),
    grpcHost: read.text('GRPC_HOST', '127.0.0.1', host),
    grpcPort: read.port('GRPC_PORT', 8082),
    /** The port of unary-h2; undefined: off. */
    fastPort:
      read.choice('INTROSPECTION_FAST_PORT', ['on', 'off'], 'on') === 'on' ? read.port('FAST_PORT', 8084) : undefined,
    /** The address of the HTTP endpoints for proxies; port undefined: off. */
    authzHttpHost: read.text('AUTHZ_HTTP_HOST', '127.0.0.1', host),
    authzHttpPort: read.optionalPort('AUTHZ_HTTP_PORT'),
    /** Where these proxies send the required scope of a route. */
    authzScopeSource: read.choice('AUTHZ_SCOPE_SOURCE', ['query', 'header'], 'query'),
    /** Whether Envoy removes the client's token from the request to the upstream. */
    authzRemovesToken: read.flag('AUTHZ_REMOVE_TOKEN', false),
    /** `resource_metadata` of challenges (RFC 9728); undefined: omitted. */
    authzResourceMetadata: read.optionalText('AUTHZ_RESOURCE_METADATA', publicUrl),
    /** Processes that share the gRPC, fast and HTTP ports. */
    workers: read.integer('INTROSPECTION_WORKERS', { fallback: 1, min: 1, max: 64 }),
    redisUrl: read.text('REDIS_URL', undefined, redisUrl),
    redisKeyPrefix: read.text('REDIS_KEY_PREFIX', 'oauth:'),
    redisTimeoutMs: milliseconds('REDIS_TIMEOUT_MS', 250),
    /** host:port of the internal port of every auth-server. */
    authServerGrpc,
    /** The name in auth-server's certificate; undefined: the DNS name of its address. */
    authServerTlsName: readTlsName(read, 'AUTH_SERVER_TLS_NAME', authServerGrpc, upstreamTls),
    /** The service token of this replica, kind `introspection`. */
    authServerToken: readOwnToken(read, 'AUTH_SERVER_TOKEN', upstreamTls?.keyPair !== undefined),
    authServerTimeoutMs: milliseconds('AUTH_SERVER_TIMEOUT_MS', 2_000),
    /** Concurrent requests to auth-server for each cache node, of up to 500 tokens each. */
    missConcurrency: read.integer('MISS_CONCURRENCY', { fallback: 4, min: 1, max: 1_000 }),
    /** First loads of each cache node that may wait for a request to auth-server; as many renewals may wait in addition. */
    missQueueLength: read.integer('MISS_QUEUE_LENGTH', { fallback: 20_000, min: 1, max: 1_000_000 }),
    credentialKeys: readListSetting(read, 'CREDENTIAL_KEYS', { check: hexKey }),
    ...readCallers(read, tls),
    openReflection: read.flag('OPEN_REFLECTION', false),
    /** ±10 %; see GrpcJsPortOptions. */
    maxConnectionAgeMs: read.integer('GRPC_MAX_CONNECTION_AGE_MS', { fallback: 60_000, min: 1_000, max: 86_400_000 }),
    ...read.operations(),
  };
  read.done();
  return config;
}
