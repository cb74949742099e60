import type { DescService } from '@bufbuild/protobuf';
import type { FastifyInstance } from 'fastify';
import { CallerCertificates } from '#common/callers/caller-certificates.ts';
import { CallerRules, isForUsers } from '#common/callers/rules.ts';
import { ServiceTokens } from '#common/callers/service-tokens.ts';
import { CredentialFormat } from '#common/credentials/format.ts';
import { watchMethods } from '#common/http/other-methods.ts';
import { publicMetadata } from '#common/http/public-metadata.ts';
import { RequestObserver } from '#common/observe/request-observer.ts';
import { Tracing } from '#common/observe/tracing.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import { FileReloader } from '#common/process/file-reloader.ts';
import { hostPort } from '#common/process/host-port.ts';
import { loadList } from '#common/process/list-setting.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { Admission } from '#common/rpc/admission.ts';
import { GrpcJsPort } from '#common/rpc/grpc-js-port.ts';
import { HealthHandlers } from '#common/rpc/health.ts';
import { UnaryH2Port } from '#common/rpc/unary-h2-port.ts';
import type { ServiceDependencies } from '#common/rpc/unary-handlers.ts';
import { securityMetrics } from '#common/tls/metrics.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import { CallerIdentifier } from './callers/identify-caller.ts';
import { JwksSessionVerifier } from './callers/jwks-session-verifier.ts';
import { SessionKeys } from './callers/session-keys.ts';
import type { Config } from './config.ts';
import { AppUpdates } from './domain/app/app-updates.ts';
import { buildDomain, type Domain } from './domain/domain.ts';
import { WebhookDeliverer } from './domain/webhook/webhook-deliverer.ts';
import { WebhookSigner } from './domain/webhook/webhook-signer.ts';
import { ConnectServices } from './http/connect/connect-services.ts';
import { FailureLimiter } from './http/failure-limiter.ts';
import { GrantQueue } from './http/grant-queue.ts';
import { createHttpServer } from './http/http-server.ts';
import { openApiDocument } from './http/openapi/document.ts';
import { withAddresses } from './http/pages/guide-addresses.ts';
import { SignIn } from './http/pages/sign-in.ts';
import { WebFiles } from './http/pages/web-files.ts';
import { appRoutes } from './http/routes/apps.ts';
import { authorizeRoutes } from './http/routes/authorize.ts';
import { healthRoutes } from './http/routes/health.ts';
import { installRoutes } from './http/routes/installs.ts';
import { metadataRoutes } from './http/routes/metadata.ts';
import { pageRoutes } from './http/routes/pages.ts';
import { clientRoutes } from './http/routes/token.ts';
import { webhookRoutes } from './http/routes/webhooks.ts';
import { AppUpdateJob } from './jobs/app-update-job.ts';
import { InvalidationSweep } from './jobs/invalidation-sweep.ts';
import { JobRuns } from './jobs/job-runs.ts';
import { Retention } from './jobs/retention.ts';
import { UsageRecorder } from './jobs/usage-recorder.ts';
import { WebhookDispatcher } from './jobs/webhooks/dispatcher.ts';
import type { ResolveAddresses } from './jobs/webhooks/dns-resolver.ts';
import { HttpSender } from './jobs/webhooks/http-sender.ts';
import { authServerMetrics, internalPortMetric, jobMetrics, poolMetrics, trafficMetrics } from './metrics.ts';
import { ReadinessProbe } from './readiness.ts';
import { addInternalServices, addPublicServices, INTERNAL_SERVICES, PUBLIC_SERVICES } from './rpc/services.ts';
import type { ChangeStep } from './store/authority/change-protocol.ts';
import { PgAuthority } from './store/authority/pg-authority.ts';
import { dueDeliveryBacklog, pendingAppUpdateBacklog, pendingInvalidationBacklog } from './store/backlog.ts';
import { migrateToLatest } from './store/migrate.ts';
import { PgDatabase } from './store/pg-database.ts';
import { openDatabase, type PooledDatabase } from './store/postgres/database.ts';
import { whyNotUsable } from './store/postgres/primary.ts';
import { type StampReader, TokenStateCache, type TokenStateFence } from './token-state/cache.ts';
import { RedisConnection } from './token-state/redis-connection.ts';

/** Of a request on the gRPC port. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** The longest wait for one lock: of a change of authority, and of a grant, which is told to come back. */
const LOCK_TIMEOUT_MS = 5_000;
const GRANT_LOCK_TIMEOUT_MS = 250;

/** What can be put in place of the usual parts; fault tests do. */
export interface Overrides {
  readonly clock?: Clock;
  readonly fence?: (cache: TokenStateFence, redis: RedisConnection) => TokenStateFence;
  readonly onStep?: (step: ChangeStep) => Promise<void>;
  /** In place of DNS for webhook receivers. */
  readonly resolveReceiver?: ResolveAddresses;
}

/** The service that owns the flows and the Postgres state, built by hand from its parts. */
export class AuthServer implements Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #files: FileReloader;
  readonly #tls: ServerTls | undefined;
  readonly #serviceTokens: ServiceTokens;
  readonly #format: CredentialFormat;
  readonly #tracing: Tracing | undefined;
  readonly #observer: RequestObserver;
  readonly #db: PooledDatabase;
  /** For the token endpoint alone: what takes authority away never waits behind what hands it out. */
  readonly #grants: PooledDatabase;
  /** For reads of token state alone: changes that wait for a lock hold connections, and misses must not wait behind them. */
  readonly #tokenStates: PooledDatabase;
  readonly #redis: RedisConnection;
  readonly #fence: TokenStateFence;
  readonly #stamps: StampReader;
  readonly #usage: UsageRecorder;
  readonly #onStep: Overrides['onStep'];
  readonly #database: PgDatabase;
  readonly #signer: WebhookSigner;
  readonly #sender: HttpSender;
  readonly #dispatcher: WebhookDispatcher;
  readonly #sweep: InvalidationSweep;
  readonly #appUpdates: AppUpdates;
  readonly #appUpdateJob: AppUpdateJob;
  readonly #retention: Retention;
  readonly #limiter: FailureLimiter;
  readonly #sessionKeys: SessionKeys;
  readonly #metrics: MetricsServer;
  readonly #readiness: ReadinessProbe;
  #http: FastifyInstance | undefined;
  #grpc: GrpcJsPort | undefined;
  #internal: UnaryH2Port | undefined;

  constructor(config: Config, log: Log, overrides: Overrides = {}) {
    const clock = overrides.clock ?? systemClock;
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    const files = new FileReloader(log, config.fileCheckIntervalMs);
    this.#files = files;
    this.#tls = config.tls && new ServerTls(config.tls, files, log);
    this.#serviceTokens = loadList(config.callerTokens, files, (entries) => new ServiceTokens(entries));
    this.#format = loadList(config.credentialKeys, files, (keys) => new CredentialFormat(keys));
    this.#tracing = Tracing.of('auth-server', config.tracing, log);
    this.#observer = new RequestObserver(log, config.slowRequestMs, this.#tracing);
    const runs = new JobRuns(clock);
    const bounds = {
      url: config.databaseUrl,
      connectTimeoutMs: config.databaseConnectTimeoutMs,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
    };
    this.#db = openDatabase({ ...bounds, poolSize: config.databasePoolSize, lockTimeoutMs: LOCK_TIMEOUT_MS });
    this.#grants = openDatabase({
      ...bounds,
      poolSize: config.databaseGrantPoolSize,
      lockTimeoutMs: GRANT_LOCK_TIMEOUT_MS,
    });
    this.#tokenStates = openDatabase({ ...bounds, poolSize: config.databaseReadPoolSize });
    this.#redis = new RedisConnection(
      {
        url: config.redisUrl,
        keyPrefix: config.redisKeyPrefix,
        commandTimeoutMs: config.redisTimeoutMs,
      },
      log,
    );
    const cache = new TokenStateCache(this.#redis);
    this.#stamps = cache;
    this.#fence = overrides.fence?.(cache, this.#redis) ?? cache;
    this.#onStep = overrides.onStep;
    this.#limiter = new FailureLimiter({
      redisUrl: config.redisUrl,
      keyPrefix: config.redisKeyPrefix,
      redisTimeoutMs: config.redisTimeoutMs,
      failuresPerMinute: config.clientFailuresPerMinute,
    });
    this.#retention = new Retention({ db: this.#db, clock, log, runs, auditMonths: config.auditRetentionMonths });
    this.#sessionKeys = new SessionKeys(config.sessionJwksUrl, log);
    // Postgres is needed for everything. Redis is not: without it changes are reported as pending. Nor do changes that wait count.
    this.#readiness = new ReadinessProbe({
      probe: () => whyNotUsable(this.#tokenStates),
      unreachable: 'the database cannot be reached',
      log,
    });
    this.#database = new PgDatabase(this.#db, this.#tokenStates);
    this.#signer = loadList(config.webhookKeys, files, (keys) => new WebhookSigner(keys));
    this.#sender = new HttpSender({
      allowLoopback: config.webhookAllowLoopback,
      concurrency: config.webhookConcurrency,
      resolve: overrides.resolveReceiver,
    });
    this.#dispatcher = new WebhookDispatcher({
      queue: this.#database.stores.deliveryQueue,
      deliverer: new WebhookDeliverer(this.#database, this.#sender, this.#signer, clock),
      clock,
      log,
      concurrency: config.webhookConcurrency,
      runs,
    });
    this.#usage = new UsageRecorder(this.#database.stores.installs, clock, runs);
    this.#sweep = new InvalidationSweep(this.#db, this.#fence, log, runs);
    this.#appUpdates = new AppUpdates(this.#database, clock);
    this.#appUpdateJob = new AppUpdateJob(this.#appUpdates, log, runs);
    this.#metrics = this.#buildMetrics(runs);
  }

  /** `metrics` unless they are off. */
  async start(): Promise<{ http: string; grpc: string; internal: string; metrics?: string }> {
    const { httpHost, httpPort, grpcHost, grpcPort, internalGrpcHost, internalGrpcPort, metricsHost, metricsPort } =
      this.#config;
    await migrateToLatest(this.#config.databaseUrl, this.#log);
    this.#sweep.start();
    this.#appUpdateJob.start();
    this.#retention.start();
    this.#dispatcher.start();
    this.#usage.start();
    const domain = this.#buildDomain();
    const callers = this.#buildCallers();
    const rules = new CallerRules({ openReflection: this.#config.openReflection });
    const admission = new Admission(
      (credentials) => callers.identify(credentials),
      rules,
      () => this.#serviceTokens.version,
    );
    const parts: ServiceDependencies = {
      admission,
      clock: this.#clock,
      log: this.#log,
      observer: this.#observer,
      trustedProxies: this.#config.trustedProxies,
      tls: this.#tls,
    };
    this.#grpc = this.#buildGrpc(domain, parts);
    this.#internal = this.#buildInternal(domain, parts);
    this.#http = await this.#buildHttp(domain, callers, parts);
    const metrics = await this.#metrics.start(metricsHost, metricsPort);
    const grpc = hostPort(grpcHost, await this.#grpc.listen(grpcHost, grpcPort));
    const internal = hostPort(internalGrpcHost, await this.#internal.listen(internalGrpcHost, internalGrpcPort));
    return { ...metrics, grpc, internal, http: await this.#http.listen({ host: httpHost, port: httpPort }) };
  }

  drain(): void {
    this.#readiness.drain();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#http?.close(), this.#grpc?.close(), this.#internal?.close()]);
    const jobs = [this.#sweep, this.#appUpdateJob, this.#retention, this.#dispatcher, this.#usage];
    await Promise.all(jobs.map((job) => job.stop()));
    await this.#sender.close();
    this.#redis.close();
    this.#limiter.close();
    this.#files.close();
    await this.#metrics.close();
    await this.#tracing?.close();
    await Promise.all([this.#db, this.#grants, this.#tokenStates].map((db) => db.destroy()));
  }

  #buildMetrics(runs: JobRuns): MetricsServer {
    return new MetricsServer(
      [
        ...trafficMetrics(this.#observer, this.#dispatcher),
        ...poolMetrics({ changes: this.#db, grants: this.#grants, token_states: this.#tokenStates }),
        ...jobMetrics(runs, this.#retention),
        ...authServerMetrics({
          pendingInvalidations: () => pendingInvalidationBacklog(this.#db),
          pendingAppUpdates: () => pendingAppUpdateBacklog(this.#db),
          dueDeliveries: () => dueDeliveryBacklog(this.#db),
          generationChanges: () => this.#redis.generationChanges,
          sessionKeysAge: () => this.#sessionKeys.ageSeconds,
          sessionKeysFailing: () => this.#sessionKeys.isFailing,
        }),
        internalPortMetric(() => ({ ...this.#internal?.stats })),
        ...securityMetrics(
          'auth_server',
          () => ({ fileReloadsFailed: this.#files.failures, handshakesFailed: this.#tls?.handshakesFailed ?? 0 }),
          this.#tls,
        ),
      ],
      this.#tls,
    );
  }

  #buildGrpc(domain: Domain, parts: ServiceDependencies): GrpcJsPort {
    const { maxConnectionAgeMs } = this.#config;
    const port = new GrpcJsPort(parts, { maxMessageBytes: MAX_MESSAGE_BYTES, maxConnectionAgeMs });
    addPublicServices(port.services, domain);
    port.services.addCommon(PUBLIC_SERVICES, this.#healthOf(PUBLIC_SERVICES));
    return port;
  }

  #buildInternal(domain: Domain, parts: ServiceDependencies): UnaryH2Port {
    const port = new UnaryH2Port('internal', parts, { maxConnectionAgeMs: this.#config.maxConnectionAgeMs });
    addInternalServices(port.services, domain);
    port.services.add(Health, this.#healthOf(INTERNAL_SERVICES).unaryHandlers);
    return port;
  }

  #healthOf(services: readonly DescService[]): HealthHandlers {
    const names = services.map(({ typeName }) => typeName);
    return new HealthHandlers(names, async () => (await this.#readiness.check()).ready);
  }

  async #buildHttp(domain: Domain, callers: CallerIdentifier, parts: ServiceDependencies): Promise<FastifyInstance> {
    const { issuer, resources, consentPagePath, signInUrl, webRoot } = this.#config;
    const server = await createHttpServer({
      log: this.#log,
      observer: this.#observer,
      maxConnections: this.#config.httpMaxConnections,
      trustedProxies: this.#config.trustedProxies,
      tls: this.#tls,
      rpcRoutes: (router) => addPublicServices(new ConnectServices(router, parts, isForUsers), domain),
    });
    const refuseOtherMethods = watchMethods(server);
    appRoutes(server, callers, domain.apps);
    authorizeRoutes(server, callers, domain.consents, consentPagePath);
    installRoutes(server, callers, domain.installs);
    webhookRoutes(server, callers, domain.hooks);
    clientRoutes(server, domain, this.#limiter, new GrantQueue());
    metadataRoutes(server, issuer, { grantTypes: domain.grants.types, resources });
    publicMetadata(server, ['/openapi.json'], openApiDocument(issuer));
    healthRoutes(
      server,
      () => this.#readiness.check(),
      () => this.#redis.problem,
    );
    pageRoutes(server, callers, {
      files: new WebFiles(webRoot, withAddresses(issuer, resources[0] as string)),
      signIn: new SignIn(signInUrl, issuer),
      consentPagePath,
    });
    refuseOtherMethods();
    return server;
  }

  #buildCallers(): CallerIdentifier {
    const { sessionIssuer, sessionAudience, sessionCookie, callerCertificates, issuer } = this.#config;
    const expected = { issuer: sessionIssuer, audience: sessionAudience };
    const sessions = new JwksSessionVerifier(expected, this.#sessionKeys, this.#clock);
    return new CallerIdentifier(sessions, this.#serviceTokens, new CallerCertificates(callerCertificates), {
      cookieName: sessionCookie,
      origin: new URL(issuer).origin,
    });
  }

  #buildDomain(): Domain {
    const { propagationTimeoutMs, webhookAllowLoopback, issuer, resources } = this.#config;
    const { refreshRepeatSeconds, refreshesPerMinute } = this.#config;
    return buildDomain({
      database: this.#database,
      grants: new PgDatabase(this.#grants),
      authority: new PgAuthority({ grants: this.#grants, others: this.#db }, this.#fence, {
        propagationTimeoutMs,
        onStep: this.#onStep,
      }),
      appUpdates: this.#appUpdates,
      wakeAppUpdates: () => this.#appUpdateJob.wake(),
      format: this.#format,
      signer: this.#signer,
      receivers: { allowLoopback: webhookAllowLoopback },
      issuer,
      resources,
      clock: this.#clock,
      refreshRepeatSeconds,
      refreshesPerMinute,
      stamps: this.#stamps,
      usage: this.#usage,
    });
  }
}
