import { Secret } from '#common/credentials/secret.ts';
import { bearerToken, host } from '#common/process/config-checks.ts';
import { ConfigReader, type Environment } from '#common/process/config-readers.ts';
import { LOG_LEVELS, type LogLevel } from '#common/process/log.ts';
import { replicaAddressProblem } from '#common/rpc/replicated-client/channel-target.ts';

/** Everything that can be configured. */
export interface Config {
  readonly httpHost: string;
  readonly httpPort: number;
  /** At once; beyond that the one that has waited longest for a whole request is closed. */
  readonly httpMaxConnections: number;
  /** `host:port` of every introspection replica; see channelTarget(). */
  readonly introspectionAddresses: readonly string[];
  /** How long a request may wait for introspection, retries included, and again for the name of an actor. */
  readonly introspectionTimeoutMs: number;
  /** Introspections in one call, when several are wanted at once; 1: each is a call of its own. */
  readonly introspectionMaxBatch: number;
  /** The longest that one waits for others, while another is under way. */
  readonly introspectionMaxWaitMs: number;
  /** `host:port` of auth-server's gRPC port, or of each of its replicas. */
  readonly authServerGrpc: readonly string[];
  /** What this gateway shows to both services; kind `gateway`. */
  readonly serviceToken: Secret;
  /** For how long it serves on once it has been told to stop and says that it is not ready. */
  readonly drainMs: number;
  readonly logLevel: LogLevel;
}

/** The only reader of the environment and the only home of defaults. Throws one error that names every problem. */
export function readConfig(environment: Environment = process.env): Config {
  const read = new ConfigReader(environment);
  const config: Config = {
    httpHost: read.text('HTTP_HOST', '127.0.0.1', host),
    httpPort: read.port('HTTP_PORT', 8083),
    httpMaxConnections: read.integer('HTTP_MAX_CONNECTIONS', { fallback: 2_000, min: 10, max: 100_000 }),
    introspectionAddresses: read.list('INTROSPECTION_ADDRESSES', '127.0.0.1:8082', replicaAddressProblem),
    introspectionTimeoutMs: read.integer('INTROSPECTION_TIMEOUT_MS', { fallback: 1_000, min: 1, max: 60_000 }),
    introspectionMaxBatch: read.integer('INTROSPECTION_MAX_BATCH', { fallback: 32, min: 1, max: 100 }),
    introspectionMaxWaitMs: read.integer('INTROSPECTION_MAX_WAIT_MS', { fallback: 1, min: 1, max: 1_000 }),
    authServerGrpc: read.list('AUTH_SERVER_GRPC', '127.0.0.1:8081', replicaAddressProblem),
    serviceToken: new Secret(read.text('SERVICE_TOKEN', undefined, bearerToken)),
    drainMs: read.drainMs(),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
  read.done();
  return config;
}
