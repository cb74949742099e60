import { CallerCertificates } from '#common/callers/caller-certificates.ts';
import { ServiceTokens } from '#common/callers/service-tokens.ts';
import { CredentialFormat } from '#common/credentials/format.ts';
import { credentialKeys } from '#common/observe/credential-keys.ts';
import { RequestObserver } from '#common/observe/request-observer.ts';
import { Tracing } from '#common/observe/tracing.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import { FileReloader } from '#common/process/file-reloader.ts';
import { loadList } from '#common/process/list-setting.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { securityMetrics } from '#common/tls/metrics.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import { CallerIdentifier } from './callers/identify-caller.ts';
import { JwksSessionVerifier } from './callers/jwks-session-verifier.ts';
import { SessionKeys } from './callers/session-keys.ts';
import type { Config } from './config.ts';
import { AppUpdates } from './domain/app/app-updates.ts';
import { buildDomain } from './domain/domain.ts';
import type { InstallId, SecretId } from './domain/ids.ts';
import type { TokenInspection } from './domain/token/token-inspection.ts';
import { WebhookDeliverer } from './domain/webhook/webhook-deliverer.ts';
import { WebhookSigner } from './domain/webhook/webhook-signer.ts';
import { FailureLimiter } from './http/failure-limiter.ts';
import { AppUpdateJob } from './jobs/app-update-job.ts';
import { FailedRequestRecorder } from './jobs/failed-request-recorder.ts';
import { InvalidationSweep } from './jobs/invalidation-sweep.ts';
import { JobRuns } from './jobs/job-runs.ts';
import { Retention } from './jobs/retention.ts';
import { UsageRecorder } from './jobs/usage-recorder.ts';
import { WebhookDispatcher } from './jobs/webhooks/dispatcher.ts';
import type { ResolveAddresses } from './jobs/webhooks/dns-resolver.ts';
import { HttpSender } from './jobs/webhooks/http-sender.ts';
import { WorkerLogoEncoder } from './logos/worker-logo-encoder.ts';
import { authServerMetrics, internalPortMetric, jobMetrics, poolMetrics, trafficMetrics } from './metrics.ts';
import { Ports } from './ports.ts';
import { ReadinessProbe } from './readiness.ts';
import type { ChangeStep } from './store/authority/change-protocol.ts';
import { PgAuthority } from './store/authority/pg-authority.ts';
import { dueDeliveryBacklog, pendingAppUpdateBacklog, pendingInvalidationBacklog } from './store/backlog.ts';
import { allNodes, readCacheNodes } from './store/cache-nodes.ts';
import { migrateToLatest } from './store/migrate.ts';
import { PgDatabase } from './store/pg-database.ts';
import { type Databases, openDatabases } from './store/postgres/databases.ts';
import { whyNotUsable } from './store/postgres/primary.ts';
import type { TokenStateFence } from './token-state/cache.ts';
import { CacheInspector } from './token-state/cache-inspector.ts';
import type { RedisConnection } from './token-state/redis-connection.ts';
import { TokenStateNodes } from './token-state/token-state-nodes.ts';
import { warmUpLookUps } from './warm-up.ts';

/** Replacements for the default components, for tests. */
export interface Overrides {
  readonly clock?: Clock;
  /** Replaces the fence of each cache node. */
  readonly fence?: (cache: TokenStateFence, redis: RedisConnection) => TokenStateFence;
  readonly onStep?: (step: ChangeStep) => Promise<void>;
  /** Replaces DNS for webhook receivers. */
  readonly resolveReceiver?: ResolveAddresses;
}

/** Background work. What `stop` waits for depends on the job. */
interface Job {
  start(): void;
  stop(): Promise<void>;
}

/** The OAuth server. Builds all components, starts them in order and stops them in reverse. */
export class AuthServer implements Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #files: FileReloader;
  readonly #tracing: Tracing | undefined;
  readonly #databases: Databases;
  readonly #nodes: TokenStateNodes;
  readonly #limiter: FailureLimiter;
  readonly #sender: HttpSender;
  readonly #jobs: readonly Job[];
  readonly #inspection: TokenInspection;
  readonly #readiness: ReadinessProbe;
  readonly #ports: Ports;
  readonly #metrics: MetricsServer;

  constructor(config: Config, log: Log, overrides: Overrides = {}) {
    const clock = overrides.clock ?? systemClock;
    const files = new FileReloader(log, config.fileCheckIntervalMs);
    const tls = config.tls && new ServerTls(config.tls, files, log);
    const serviceTokens = loadList(config.callerTokens, files, (entries) => new ServiceTokens(entries));
    const format = loadList(config.credentialKeys, files, (keys) => new CredentialFormat(keys));
    const signer = loadList(config.webhookKeys, files, (keys) => new WebhookSigner(keys));
    const tracing = Tracing.of('auth-server', config.tracing, log);
    const observer = new RequestObserver(log, config.slowRequestMs, tracing);

    const databases = openDatabases({
      url: config.databaseUrl,
      connectTimeoutMs: config.databaseConnectTimeoutMs,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
      poolSize: config.databasePoolSize,
      grantPoolSize: config.databaseGrantPoolSize,
      tokenStatePoolSize: config.databaseReadPoolSize,
    });
    const database = new PgDatabase(databases.main, databases.tokenStates);
    const { redisUrl, redisTimeoutMs, redisKeyPrefix: keyPrefix, clientFailuresPerMinute: failuresPerMinute } = config;
    const redis = { url: redisUrl, keyPrefix, commandTimeoutMs: redisTimeoutMs };
    const nodes = new TokenStateNodes(redis, log, overrides.fence);
    const limiter = new FailureLimiter({ redisUrl, keyPrefix, redisTimeoutMs, failuresPerMinute });

    const runs = new JobRuns(clock, log);
    const { webhookAllowLoopback: allowLoopback, webhookConcurrency: concurrency } = config;
    const sender = new HttpSender({ allowLoopback, concurrency, resolve: overrides.resolveReceiver });
    const deliverer = new WebhookDeliverer(database, sender, signer, clock);
    const queue = database.stores.deliveryQueue;
    const dispatcher = new WebhookDispatcher({ queue, deliverer, clock, concurrency, runs });
    const appUpdates = new AppUpdates(database, clock);
    const appUpdateJob = new AppUpdateJob(appUpdates, runs);
    const retention = new Retention({ db: databases.main, clock, runs, auditMonths: config.auditRetentionMonths });
    const { installs, apps } = database.stores;
    const installUsage = new UsageRecorder(
      'install_usage',
      (ids: readonly InstallId[], at) => installs.recordUsage(ids, at),
      clock,
      runs,
    );
    const secretUsage = new UsageRecorder(
      'secret_usage',
      (ids: readonly SecretId[], at) => apps.recordSecretUsage(ids, at),
      clock,
      runs,
    );
    const failedRequests = new FailedRequestRecorder(database.stores.failedRequests, clock, runs);
    const sweep = new InvalidationSweep(databases.main, nodes, log, runs);

    const { issuer, resources, refreshRepeatSeconds, refreshesPerMinute, propagationTimeoutMs } = config;
    const connections = { grants: databases.grants, others: databases.main };
    const authority = new PgAuthority(connections, nodes, { propagationTimeoutMs, onStep: overrides.onStep });
    const domain = buildDomain({
      database,
      grantDatabase: new PgDatabase(databases.grants),
      authority,
      appUpdates,
      wakeAppUpdates: () => appUpdateJob.wake(),
      format,
      signer,
      receivers: { allowLoopback },
      issuer,
      resources,
      clock,
      refreshRepeatSeconds,
      refreshesPerMinute,
      logoEncoder: new WorkerLogoEncoder(),
      stamps: nodes,
      cache: new CacheInspector(nodes, async () => (await readCacheNodes(databases.main)).active),
      installUsage,
      secretUsage,
      failedRequests,
    });

    const sessionKeys = new SessionKeys(config.sessionJwksUrl, log);
    const session = { issuer: config.sessionIssuer, audience: config.sessionAudience };
    const callers = new CallerIdentifier(
      new JwksSessionVerifier(session, sessionKeys, clock),
      serviceTokens,
      new CallerCertificates(config.callerCertificates),
      { cookieName: config.sessionCookie, origin: new URL(issuer).origin },
    );
    // The probe sends nothing to Redis: without Redis, token states are still served, and changes other than grants are
    // committed and reported as pending. It checks Postgres, and that REDIS_URL has every node that Postgres lists. It uses
    // the pool for token states, so that it does not wait behind changes.
    const readiness = new ReadinessProbe({
      probe: async () =>
        (await whyNotUsable(databases.tokenStates)) ??
        nodes.whyIncomplete(allNodes(await readCacheNodes(databases.tokenStates))),
      unreachable: 'the database cannot be reached',
      log,
    });
    const calls = { callers, serviceTokens, observer, limiter };
    const ports = new Ports({ config, log, clock, domain, cacheNodes: nodes, readiness, tls, ...calls });

    this.#config = config;
    this.#log = log;
    this.#files = files;
    this.#tracing = tracing;
    this.#databases = databases;
    this.#nodes = nodes;
    this.#limiter = limiter;
    this.#sender = sender;
    this.#jobs = [sweep, appUpdateJob, retention, dispatcher, installUsage, secretUsage, failedRequests];
    this.#inspection = domain.inspection;
    this.#readiness = readiness;
    this.#ports = ports;
    this.#metrics = new MetricsServer(
      [
        ...trafficMetrics(observer, dispatcher),
        ...poolMetrics({ changes: databases.main, grants: databases.grants, token_states: databases.tokenStates }),
        ...jobMetrics(runs, retention),
        ...authServerMetrics({
          pendingInvalidations: () => pendingInvalidationBacklog(databases.main),
          pendingAppUpdates: () => pendingAppUpdateBacklog(databases.main),
          dueDeliveries: () => dueDeliveryBacklog(databases.main),
          credentialKeys: () => credentialKeys(format),
          grantQueueLength: () => authority.grantQueueLength,
          generationChanges: () => nodes.generationChanges,
          sessionKeysAge: () => sessionKeys.ageSeconds,
          sessionKeysFailing: () => sessionKeys.isFailing,
        }),
        internalPortMetric(() => ports.internalStats),
        ...securityMetrics(
          'auth_server',
          () => ({ fileReloadsFailed: files.failures, handshakesFailed: tls?.handshakesFailed ?? 0 }),
          { server: tls },
        ),
      ],
      tls,
    );
  }

  /** Resolves with the addresses of the ports. `metrics` is missing if metrics are off. */
  async start(): Promise<{ http: string; grpc: string; internal: string; metrics?: string }> {
    const { databaseUrl, databaseReadPoolSize, metricsHost, metricsPort } = this.#config;
    await migrateToLatest(databaseUrl, this.#log);
    for (const job of this.#jobs) job.start();
    const metrics = await this.#metrics.start(metricsHost, metricsPort);
    await warmUpLookUps(this.#inspection, databaseReadPoolSize);
    return { ...metrics, ...(await this.#ports.listen()) };
  }

  drain(): void {
    this.#readiness.drain();
  }

  async stop(): Promise<void> {
    await this.#ports.close();
    await this.#metrics.close();
    await Promise.all(this.#jobs.map((job) => job.stop()));
    await this.#sender.close();
    this.#limiter.close();
    this.#nodes.close();
    await this.#databases.close();
    await this.#tracing?.close();
    this.#files.close();
  }
}
