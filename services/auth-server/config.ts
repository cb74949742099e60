import { join } from 'node:path';
import { readCallers } from '#common/callers/settings.ts';
import { TrustedProxies } from '#common/http/trusted-proxies.ts';
import { cookieName, hexKey, host, pageAddress, publicUrl, redisUrl, urlOf } from '#common/process/config-checks.ts';
import { ConfigReader, type Environment } from '#common/process/config-readers.ts';
import { hostPort } from '#common/process/host-port.ts';
import { readListSetting } from '#common/process/list-setting.ts';
import { readServerTls } from '#common/tls/settings.ts';

/** Everything that can be configured. */
export type Config = Readonly<ReturnType<typeof readConfig>>;

/** Reads the settings of the service from the environment. Throws one error that lists every problem. */
export function readConfig(environment: Environment = process.env) {
  const read = new ConfigReader(environment);
  const milliseconds = (name: string, fallback: number) => read.integer(name, { fallback, min: 1, max: 60_000 });
  const httpHost = read.text('HTTP_HOST', '127.0.0.1', host);
  const httpPort = read.port('HTTP_PORT', 8080);
  const tls = readServerTls(read);
  const config = {
    /** TLS on all ports; undefined: plain text. */
    tls,
    fileCheckIntervalMs: read.fileCheckIntervalMs(),
    databaseUrl: readDatabaseUrl(read),
    databasePoolSize: read.integer('DATABASE_POOL_SIZE', { fallback: 10, min: 1, max: 500 }),
    /** Connections only for the token endpoint. */
    databaseGrantPoolSize: read.integer('DATABASE_GRANT_POOL_SIZE', { fallback: 10, min: 1, max: 500 }),
    /** Connections only for reads of token states and the readiness probe, so that a cache miss never waits behind changes. */
    databaseReadPoolSize: read.integer('DATABASE_READ_POOL_SIZE', { fallback: 10, min: 1, max: 500 }),
    databaseConnectTimeoutMs: milliseconds('DATABASE_CONNECT_TIMEOUT_MS', 2_000),
    databaseStatementTimeoutMs: milliseconds('DATABASE_STATEMENT_TIMEOUT_MS', 10_000),
    ...readRedis(read),
    /** How long a committed change, except a grant, tries to drop its cache keys before it reports PROPAGATION_PENDING. */
    propagationTimeoutMs: milliseconds('PROPAGATION_TIMEOUT_MS', 2_000),
    httpHost,
    httpPort,
    /** Maximum number of connections. At the limit, a new one replaces the one whose client has been idle longest. */
    httpMaxConnections: read.integer('HTTP_MAX_CONNECTIONS', { fallback: 2_000, min: 10, max: 100_000 }),
    /** Proxies whose forwarding headers determine the client address. */
    trustedProxies: read.parsed('TRUSTED_PROXIES', TrustedProxies.parse, ''),
    grpcHost: read.text('GRPC_HOST', '127.0.0.1', host),
    grpcPort: read.port('GRPC_PORT', 8081),
    /** The port for introspection replicas. Must not be reachable from other networks. */
    internalGrpcHost: read.text('INTERNAL_GRPC_HOST', '127.0.0.1', host),
    internalGrpcPort: read.port('INTERNAL_GRPC_PORT', 8085),
    /**
     * The public URL (RFC 8414, RFC 9207) without a trailing slash. If it has a path, the proxy must remove the path from
     * requests, except in `/.well-known/…/<path>`.
     */
    issuer: read
      .text('ISSUER', `${tls === undefined ? 'http' : 'https'}://${hostPort(httpHost, httpPort)}`, publicUrl)
      .replace(/\/$/, ''),
    /** The public URLs of the API that tokens are for (RFC 8707, RFC 9728), without a trailing slash. */
    resources: read
      .list('RESOURCES', 'http://127.0.0.1:8083/api/v3', publicUrl)
      .map((resource) => resource.replace(/\/$/, '')),
    consentPage: read.text('CONSENT_PAGE', '/consent', pageAddress),
    /** Wrong secrets of a client from an IP address before more get RATE_LIMITED; likewise wrong codes and refresh tokens. */
    clientFailuresPerMinute: read.integer('CLIENT_FAILURES_PER_MINUTE', { fallback: 300, min: 1, max: 1_000_000 }),
    /** How long a refresh whose response was lost can be repeated; 0: never. */
    refreshRepeatSeconds: read.integer('REFRESH_REPEAT_SECONDS', { fallback: 60, min: 0, max: 3_600 }),
    /** Refreshes of an install before further ones get RATE_LIMITED; 0: no limit. */
    refreshesPerMinute: read.integer('REFRESHES_PER_MINUTE', { fallback: 60, min: 0, max: 1_000_000 }),
    credentialKeys: readListSetting(read, 'CREDENTIAL_KEYS', { check: hexKey }),
    /** Keys for deriving the signing secrets of hooks. */
    webhookKeys: readListSetting(read, 'WEBHOOK_KEYS', { check: hexKey }),
    /** Allows webhook receivers on this machine. Only for development. */
    webhookAllowLoopback: read.flag('WEBHOOK_ALLOW_LOOPBACK', false),
    /** Maximum number of concurrent deliveries. */
    webhookConcurrency: read.integer('WEBHOOK_CONCURRENCY', { fallback: 256, min: 1, max: 10_000 }),
    /** Months of audit events to keep in addition to the current one; 0: all. */
    auditRetentionMonths: read.integer('AUDIT_RETENTION_MONTHS', { fallback: 13, min: 0, max: 1_200 }),
    ...readCallers(read, tls),
    sessionJwksUrl: read.text('SESSION_JWKS_URL', undefined, urlOf('https', 'http')),
    sessionIssuer: read.text('SESSION_ISSUER'),
    sessionAudience: read.text('SESSION_AUDIENCE'),
    /** The cookie with the session JWT of users of the pages. */
    sessionCookie: read.text('SESSION_COOKIE', 'featureos_session', cookieName),
    /** The host platform's sign-in page, which accepts `return_to`; undefined: the pages only say that the user must sign in. */
    signInUrl: read.optionalText('SIGN_IN_URL', urlOf('https', 'http')),
    /** The folder of the built front end. */
    webRoot: read.text('WEB_ROOT', join(import.meta.dirname, '../web/dist')),
    openReflection: read.flag('OPEN_REFLECTION', false),
    /** ±10 %; see GrpcJsPortOptions. */
    maxConnectionAgeMs: read.integer('GRPC_MAX_CONNECTION_AGE_MS', { fallback: 60_000, min: 1_000, max: 86_400_000 }),
    ...read.operations(),
  };
  read.done();
  return config;
}

/** What `migrate.ts` needs. Throws like readConfig(). */
export function readMigrationConfig(environment: Environment = process.env) {
  const read = new ConfigReader(environment);
  const config = { databaseUrl: readDatabaseUrl(read), logLevel: read.logLevel() };
  read.done();
  return config;
}

/** What `restore-fence.ts` and `cache-nodes.ts` need. Throws like readConfig(). */
export function readCommandConfig(environment: Environment = process.env) {
  const read = new ConfigReader(environment);
  const config = { databaseUrl: readDatabaseUrl(read), ...readRedis(read), logLevel: read.logLevel() };
  read.done();
  return config;
}

const readRedis = (read: ConfigReader) => ({
  redisUrl: read.text('REDIS_URL', undefined, redisUrl),
  redisKeyPrefix: read.text('REDIS_KEY_PREFIX', 'oauth:'),
  redisTimeoutMs: read.integer('REDIS_TIMEOUT_MS', { fallback: 250, min: 1, max: 60_000 }),
});
const readDatabaseUrl = (read: ConfigReader) => read.text('DATABASE_URL', undefined, urlOf('postgres', 'postgresql'));
