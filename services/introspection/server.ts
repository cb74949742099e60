import { Server, ServerCredentials } from '@grpc/grpc-js';
import { CallerRules } from '#common/callers/rules.ts';
import { ServiceTokens } from '#common/callers/service-tokens.ts';
import { CredentialFormat } from '#common/credentials/format.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { GrpcJsServices } from '#common/rpc/grpc-js-server.ts';
import { HealthHandlers } from '#common/rpc/health.ts';
import { TokenStateCache, type TokenStateReader } from '#common/token-state/cache.ts';
import { Circuit } from '#common/token-state/circuit.ts';
import { RedisConnection } from '#common/token-state/redis-connection.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Config } from './config.ts';
import { introspectionMetrics } from './metrics.ts';
import { introspectionService } from './rpc/introspection-service.ts';
import { LaneMethods } from './rpc/lane-methods.ts';
import { LanePort } from './rpc/lane-port.ts';
import type { AnswerSource } from './source/answer-source.ts';
import { AuthServerClient } from './source/auth-server-client.ts';
import { BoundedSource } from './source/bounded-source.ts';
import { CachedSource } from './source/cached-source.ts';
import { GuardedCache } from './source/guarded-cache.ts';
import { SingleFlightSource } from './source/single-flight-source.ts';
import { UsageReporter } from './usage/usage-reporter.ts';

const MAX_MESSAGE_BYTES = 64 * 1024;
const GRACE_ON_CLOSE_MS = 5_000;
/** For how long the start waits for Redis; without it every answer would be asked from auth-server. */
const REDIS_START_MS = 2_000;

/** A hung Redis costs five waits of `redisTimeoutMs`, then one each second. */
const REDIS_CIRCUIT = { failures: 5, openMs: 1_000 };
const REFRESH_CIRCUIT = { failures: 5, openMs: 1_000 };

/** What can be put in place of the usual parts; fault tests do. */
export interface Wiring {
  readonly clock?: Clock;
  readonly cache?: (cache: TokenStateReader, redis: RedisConnection) => TokenStateReader;
  readonly flights?: (source: AnswerSource) => AnswerSource;
}

/** A replica: stateless, answers from Redis, asks auth-server on a miss. */
export class Introspection implements Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #redis: RedisConnection;
  readonly #authServer: AuthServerClient;
  readonly #redisCircuit: Circuit;
  readonly #usage: UsageReporter;
  readonly #metrics: MetricsServer;
  readonly #lane: LanePort;
  readonly #server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });

  constructor(config: Config, log: Log, wiring: Wiring = {}) {
    const clock = wiring.clock ?? systemClock;
    this.#config = config;
    this.#log = log;
    this.#redis = new RedisConnection({
      url: config.redisUrl,
      keyPrefix: config.redisKeyPrefix,
      commandTimeoutMs: config.redisTimeoutMs,
    });
    this.#authServer = new AuthServerClient({
      addresses: config.authServerGrpc,
      serviceToken: config.authServerToken,
      timeoutMs: config.authServerTimeoutMs,
    });
    this.#usage = new UsageReporter(this.#authServer, clock);
    this.#redisCircuit = new Circuit(REDIS_CIRCUIT, clock);
    const source = this.#buildSource(wiring, clock);
    const rules = new CallerRules({ openReflection: config.openReflection });
    const callers = new ServiceTokens(config.callerTokens);
    const handlers = introspectionService(source, new CredentialFormat(config.credentialKeys), this.#usage, clock);
    // It can answer whatever is gone, if only with UNAVAILABLE: taking it out of a balancer would help nobody.
    const health = new HealthHandlers([IntrospectionService.typeName], async () => true);
    const standard = new GrpcJsServices(this.#server, callers, rules, log);
    standard.add(IntrospectionService, handlers);
    standard.addCommon([IntrospectionService], health);
    const lane = new LaneMethods(callers, rules, log);
    lane.add(IntrospectionService, handlers);
    lane.addHealthCheck(health);
    this.#lane = new LanePort(lane.methods, log);
    this.#metrics = new MetricsServer(introspectionMetrics(source.counts, this.#redisCircuit, this.#lane.lane.stats));
  }

  /** `lane` is there unless the lane is off. */
  async start(): Promise<{ grpc: string; lane?: string }> {
    await this.#redis.waitUntilReady(REDIS_START_MS).catch((error) => {
      this.#log.warn({ err: error }, 'Redis cannot be reached; answers come from auth-server until it can');
    });
    const { grpcHost, grpcPort, lanePort, metricsHost, metricsPort } = this.#config;
    if (metricsPort !== undefined) await this.#metrics.listen(metricsHost, metricsPort);
    const port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, actual: number) => (error ? reject(error) : resolve(actual));
      this.#server.bindAsync(`${grpcHost}:${grpcPort}`, ServerCredentials.createInsecure(), bound);
    });
    this.#usage.start();
    const grpc = `${grpcHost}:${port}`;
    if (lanePort === undefined) return { grpc };
    return { grpc, lane: `${grpcHost}:${await this.#lane.listen(grpcHost, lanePort)}` };
  }

  async stop(): Promise<void> {
    const bound = setTimeout(() => this.#server.forceShutdown(), GRACE_ON_CLOSE_MS);
    const standardClosed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    await Promise.all([standardClosed, this.#lane.close()]);
    clearTimeout(bound);
    await this.#usage.stop();
    this.#authServer.close();
    this.#redis.close();
    await this.#metrics.close();
  }

  /** Cache, then one shared read for each token, then a bound on all reads, then auth-server. */
  #buildSource(wiring: Wiring, clock: Clock): CachedSource {
    const cache = new TokenStateCache(this.#redis, clock);
    const wired = wiring.cache?.(cache, this.#redis) ?? cache;
    const { missConcurrency: concurrency, missQueueLength: queueLength } = this.#config;
    const bounded = new BoundedSource(this.#authServer, { concurrency, queueLength }, clock);
    const flights = wiring.flights?.(bounded) ?? new SingleFlightSource(bounded);
    const guarded = new GuardedCache(wired, this.#redisCircuit);
    return new CachedSource(guarded, flights, new Circuit(REFRESH_CIRCUIT, clock));
  }
}
