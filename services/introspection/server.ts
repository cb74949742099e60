import { CallerCertificates } from '#common/callers/caller-certificates.ts';
import { CallerRules } from '#common/callers/rules.ts';
import { ServiceTokens } from '#common/callers/service-tokens.ts';
import { CredentialFormat } from '#common/credentials/format.ts';
import { loadOwnToken } from '#common/credentials/own-token.ts';
import { ClientCalls } from '#common/observe/client-calls.ts';
import { credentialKeys } from '#common/observe/credential-keys.ts';
import { RequestObserver } from '#common/observe/request-observer.ts';
import { Tracing } from '#common/observe/tracing.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import { isLoopback } from '#common/process/config-checks.ts';
import { FileReloader } from '#common/process/file-reloader.ts';
import { hostPort } from '#common/process/host-port.ts';
import { loadList } from '#common/process/list-setting.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { within } from '#common/process/within.ts';
import { Admission, identifyService } from '#common/rpc/admission.ts';
import { GrpcJsPort } from '#common/rpc/grpc-js-port.ts';
import { HealthHandlers } from '#common/rpc/health.ts';
import { UnaryH2Port } from '#common/rpc/unary-h2-port.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import { UpstreamTls } from '#common/tls/upstream-tls.ts';
import { Authorization } from '#gen/envoy/service/auth/v3/external_auth_pb.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import { Authorizer } from './authorization/authorizer.ts';
import type { Config } from './config.ts';
import { AuthzHttpServer } from './http/authz-http-server.ts';
import { ProxyCallers } from './http/proxy-callers.ts';
import { introspectionMetrics, type MetricsSnapshot } from './metrics.ts';
import { AuthServerClient } from './read-path/auth-server.ts';
import { CacheNodes, type NodeOverrides } from './read-path/cache-nodes.ts';
import { addAuthorizationBytesHandler, authorizationService } from './rpc/authorization-service.ts';
import { CheckResponseEncoder } from './rpc/check-response-encoder.ts';
import { addIntrospectionBytesHandlers, introspectionService } from './rpc/introspection-service.ts';
import { Introspector } from './rpc/introspector.ts';

/** Served on both gRPC ports. */
const SERVICES = [IntrospectionService, Authorization] as const;
const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long the start waits for Redis, without which every request goes to auth-server. */
const REDIS_START_MS = 2_000;
/**
 * How many file-check intervals the start waits for auth-server to accept this replica. During a rotation, the token files of
 * the two services change one after the other.
 */
const ACCEPTANCE_WAIT_INTERVALS = 2;

/** Replacements for tests. */
export interface Overrides extends NodeOverrides {
  readonly clock?: Clock;
}

/** A stateless replica. Responds from Redis, and calls auth-server on a miss (read-path/README.md). */
export class Introspection implements Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #files: FileReloader;
  readonly #tls: ServerTls | undefined;
  readonly #format: CredentialFormat;
  readonly #cacheNodes: CacheNodes;
  readonly #tracing: Tracing | undefined;
  readonly #observer: RequestObserver;
  readonly #calls = new ClientCalls();
  readonly #authServer: AuthServerClient;
  readonly #metricsServer: MetricsServer;
  readonly #standardPort: GrpcJsPort;
  readonly #fastPort: UnaryH2Port;
  readonly #authorizer: Authorizer;
  readonly #authzHttpServer: AuthzHttpServer;
  #isDraining = false;

  constructor(config: Config, log: Log, overrides: Overrides = {}) {
    const clock = overrides.clock ?? systemClock;
    this.#config = config;
    this.#log = log;
    const files = new FileReloader(log, config.fileCheckIntervalMs);
    this.#files = files;
    this.#tls = config.tls && new ServerTls(config.tls, files, log);
    this.#tracing = Tracing.of('introspection', config.tracing, log);
    this.#observer = new RequestObserver(log, config.slowRequestMs, this.#tracing);
    const upstreamTls = config.upstreamTls && new UpstreamTls(config.upstreamTls, files, log);
    this.#authServer = new AuthServerClient({
      interceptors: [this.#calls.interceptor],
      addresses: config.authServerGrpc,
      serviceToken: loadOwnToken(config.authServerToken, files),
      tls: upstreamTls,
      tlsName: config.authServerTlsName,
      timeoutMs: config.authServerTimeoutMs,
    });
    const limits = { maxRequestsInFlight: config.missConcurrency, maxQueueLength: config.missQueueLength };
    const redis = { url: config.redisUrl, keyPrefix: config.redisKeyPrefix, commandTimeoutMs: config.redisTimeoutMs };
    this.#cacheNodes = new CacheNodes({ redis, authServer: this.#authServer, limits, clock, log, overrides });
    const tokens = loadList(config.callerTokens, files, (entries) => new ServiceTokens(entries));
    // Admission caches accepted credentials until this version changes.
    const callerTokensVersion = () => tokens.version;
    const admission = new Admission(
      identifyService(tokens, new CallerCertificates(config.callerCertificates)),
      new CallerRules({ openReflection: config.openReflection }),
      callerTokensVersion,
    );
    this.#format = loadList(config.credentialKeys, files, (keys) => new CredentialFormat(keys));
    const introspector = new Introspector(this.#cacheNodes, this.#format);
    // A replica is ready even without Redis and auth-server: all replicas share them, so another replica would not help.
    const health = new HealthHandlers(
      SERVICES.map(({ typeName }) => typeName),
      async () => !this.#isDraining,
    );
    this.#authorizer = new Authorizer(introspector, log, config.authzResourceMetadata);
    this.#authzHttpServer = new AuthzHttpServer({
      authorizer: this.#authorizer,
      scopeSource: config.authzScopeSource,
      ...(!isLoopback(config.authzHttpHost) && { callers: new ProxyCallers(admission, log) }),
      tls: this.#tls,
      observer: this.#observer,
    });
    const checkResponseEncoder = new CheckResponseEncoder(config.authzRemovesToken);
    const dependencies = { admission, clock, log, observer: this.#observer, tls: this.#tls };
    const { maxConnectionAgeMs } = config;
    this.#standardPort = new GrpcJsPort(dependencies, { maxMessageBytes: MAX_MESSAGE_BYTES, maxConnectionAgeMs });
    this.#standardPort.services.add(IntrospectionService, introspectionService(introspector));
    this.#standardPort.services.add(Authorization, authorizationService(this.#authorizer, checkResponseEncoder));
    this.#standardPort.services.addCommon(SERVICES, health);
    this.#fastPort = new UnaryH2Port('fast', dependencies, { maxConnectionAgeMs });
    addIntrospectionBytesHandlers(this.#fastPort.services, introspector);
    addAuthorizationBytesHandler(this.#fastPort.services, this.#authorizer, checkResponseEncoder);
    this.#fastPort.services.add(Health, health.unaryHandlers);
    this.#metricsServer = new MetricsServer(
      introspectionMetrics(() => this.metrics, { server: this.#tls, client: upstreamTls }),
      this.#tls,
    );
  }

  /** Resolves with the addresses: `authz` is that of the HTTP endpoints. Ports that are off have none. */
  async start(): Promise<{ grpc: string; fastPort?: string; authz?: string; metrics?: string }> {
    const { fileCheckIntervalMs } = this.#config;
    const redisReady = within(REDIS_START_MS, this.#cacheNodes.whenReady).catch((error) => {
      this.#log.warn({ err: error }, 'a redis node is unreachable; serving its tokens from auth-server');
    });
    // If auth-server does not accept the service token or certificate, the start fails before a port is open, which stops a
    // rolling update. If it stops accepting them later, the process does not exit, because all replicas could exit at once.
    await Promise.all([redisReady, this.#authServer.ensureAccepted(ACCEPTANCE_WAIT_INTERVALS * fileCheckIntervalMs)]);
    const { grpcHost, grpcPort, fastPort, workers, authzHttpHost, authzHttpPort, metricsHost, metricsPort } =
      this.#config;
    const metrics = await this.#metricsServer.start(metricsHost, metricsPort);
    const grpc = hostPort(grpcHost, await this.#standardPort.listen(grpcHost, grpcPort));
    // Workers share the fast port by SO_REUSEPORT, and the other ports by node:cluster (workers/worker-pool.ts).
    const isShared = workers > 1;
    return {
      ...metrics,
      grpc,
      ...(fastPort !== undefined && {
        fastPort: hostPort(grpcHost, await this.#fastPort.listen(grpcHost, fastPort, isShared)),
      }),
      ...(authzHttpPort !== undefined && {
        authz: hostPort(authzHttpHost, await this.#authzHttpServer.listen(authzHttpHost, authzHttpPort)),
      }),
    };
  }

  get metrics(): MetricsSnapshot {
    return {
      ...this.#cacheNodes.metrics,
      fastPort: { ...this.#fastPort.stats },
      authorizations: { ...this.#authorizer.counts },
      credentialKeys: credentialKeys(this.#format),
      security: {
        fileReloadsFailed: this.#files.failures,
        handshakesFailed: this.#tls?.handshakesFailed ?? 0,
      },
      processes: 1,
      callDurations: this.#observer.callSeries,
      clientCallDurations: this.#calls.series,
      requestDurations: this.#observer.requestSeries,
    };
  }

  drain(): void {
    this.#isDraining = true;
    this.#authzHttpServer.drain();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#standardPort.close(), this.#fastPort.close(), this.#authzHttpServer.close()]);
    this.#authServer.close();
    this.#cacheNodes.close();
    this.#files.close();
    await this.#metricsServer.close();
    await this.#tracing?.close();
  }
}
