import { replicaAddressProblem } from '@featureos/introspection-client';
import { readOwnToken } from '#common/credentials/own-token.ts';
import { host, publicUrl } from '#common/process/config-checks.ts';
import { ConfigReader, type Environment } from '#common/process/config-readers.ts';
import { hostPort } from '#common/process/host-port.ts';
import { readServerTls, readTlsName, readUpstreamTls } from '#common/tls/settings.ts';

/** Everything that can be configured. */
export type Config = Readonly<ReturnType<typeof readConfig>>;

/** The only reader of the environment. Throws one error that lists every problem. */
export function readConfig(environment: Environment = process.env) {
  const read = new ConfigReader(environment);
  const httpHost = read.text('HTTP_HOST', '127.0.0.1', host);
  const httpPort = read.port('HTTP_PORT', 8083);
  const tls = readServerTls(read);
  const upstreamTls = readUpstreamTls(read);
  const introspectionAddresses = read.list('INTROSPECTION_ADDRESSES', '127.0.0.1:8084', replicaAddressProblem);
  const authServerGrpc = read.list('AUTH_SERVER_GRPC', '127.0.0.1:8081', replicaAddressProblem);
  const config = {
    /** TLS on the HTTP and metrics ports; undefined: plain text. */
    tls,
    /** TLS to introspection and auth-server; undefined: plain text. */
    upstreamTls,
    fileCheckIntervalMs: read.fileCheckIntervalMs(),
    httpHost,
    httpPort,
    /** At the limit a new connection replaces the one whose client has been idle longest. */
    httpMaxConnections: read.integer('HTTP_MAX_CONNECTIONS', { fallback: 2_000, min: 10, max: 100_000 }),
    /** The public address of the v3 API, as apps see it (RFC 9728), without a slash at its end. */
    resource: read
      .text('RESOURCE', `${tls === undefined ? 'http' : 'https'}://${hostPort(httpHost, httpPort)}/api/v3`, publicUrl)
      .replace(/\/$/, ''),
    /** The authorization server that apps are sent to. */
    issuer: read.text('ISSUER', 'http://127.0.0.1:8080', publicUrl).replace(/\/$/, ''),
    /** `host:port` of the fast port of every introspection replica, or of its standard port; see channelTarget(). */
    introspectionAddresses,
    /** How long a request may wait for introspection, including retries, and then again for the actor's profile. */
    introspectionTimeoutMs: read.integer('INTROSPECTION_TIMEOUT_MS', { fallback: 1_000, min: 1, max: 60_000 }),
    /** How many concurrent introspections may share a call; 1: no batches. */
    introspectionMaxBatch: read.integer('INTROSPECTION_MAX_BATCH', { fallback: 32, min: 1, max: 100 }),
    /** While a call is in flight, other introspections wait for at most this long, and then share the next call. */
    introspectionMaxWaitMs: read.integer('INTROSPECTION_MAX_WAIT_MS', { fallback: 1, min: 1, max: 1_000 }),
    /** `host:port` of auth-server's gRPC port, or of each of its replicas. */
    authServerGrpc,
    /** The names in the certificates of both services; undefined: the DNS names of the addresses. */
    introspectionTlsName: readTlsName(read, 'INTROSPECTION_TLS_NAME', introspectionAddresses, upstreamTls),
    authServerTlsName: readTlsName(read, 'AUTH_SERVER_TLS_NAME', authServerGrpc, upstreamTls),
    /** The service token for both services, kind `gateway`; undefined: only the client certificate of `upstreamTls`. */
    serviceToken: readOwnToken(read, 'SERVICE_TOKEN', upstreamTls?.keyPair !== undefined),
    ...read.operations(),
  };
  read.done();
  return config;
}
