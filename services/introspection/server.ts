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
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { Config } from './config.ts';
import { introspectionMetrics, type Numbers } from './metrics.ts';
import { introspectionService } from './rpc/introspection-service.ts';
import { Introspector } from './rpc/introspector.ts';
import { addIntrospection } from './rpc/lane-introspection.ts';
import { LaneMethods } from './rpc/lane-methods.ts';
import { LanePort } from './rpc/lane-port.ts';
import { AnswerPath, type PathWiring } from './source/answer-path.ts';

const MAX_MESSAGE_BYTES = 64 * 1024;
const GRACE_ON_CLOSE_MS = 5_000;
/** For how long the start waits for Redis; without it every answer would be asked from auth-server. */
const REDIS_START_MS = 2_000;

/** What can be put in place of the usual parts; fault tests do. */
export interface Wiring extends PathWiring {
  readonly clock?: Clock;
}

/** A replica: stateless, answers from Redis, asks auth-server on a miss. */
export class Introspection implements Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #path: AnswerPath;
  readonly #metrics: MetricsServer;
  readonly #lane: LanePort;
  readonly #server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });

  constructor(config: Config, log: Log, wiring: Wiring = {}) {
    const clock = wiring.clock ?? systemClock;
    this.#config = config;
    this.#log = log;
    this.#path = new AnswerPath(
      {
        redis: { url: config.redisUrl, keyPrefix: config.redisKeyPrefix, commandTimeoutMs: config.redisTimeoutMs },
        authServer: {
          addresses: config.authServerGrpc,
          serviceToken: config.authServerToken,
          timeoutMs: config.authServerTimeoutMs,
        },
        misses: { concurrency: config.missConcurrency, queueLength: config.missQueueLength },
      },
      clock,
      wiring,
    );
    const rules = new CallerRules({ openReflection: config.openReflection });
    const callers = new ServiceTokens(config.callerTokens);
    const format = new CredentialFormat(config.credentialKeys);
    const introspector = new Introspector({ source: this.#path.hits, format, clock });
    // It can answer whatever is gone, if only with UNAVAILABLE: taking it out of a balancer would help nobody.
    const health = new HealthHandlers([IntrospectionService.typeName], async () => true);
    const standard = new GrpcJsServices(this.#server, callers, rules, log);
    standard.add(IntrospectionService, introspectionService(introspector));
    standard.addCommon([IntrospectionService], health);
    const lane = new LaneMethods(callers, rules, log);
    addIntrospection(lane, introspector);
    lane.addHealthCheck(health);
    this.#lane = new LanePort(lane.methods, log);
    this.#metrics = new MetricsServer(introspectionMetrics(() => this.numbers));
  }

  /** `lane` is there unless the lane is off. */
  async start(): Promise<{ grpc: string; lane?: string }> {
    await this.#path.waitForRedis(REDIS_START_MS).catch((error) => {
      this.#log.warn({ err: error }, 'Redis cannot be reached; answers come from auth-server until it can');
    });
    const { grpcHost, grpcPort, fastPort, workers, metricsHost, metricsPort } = this.#config;
    if (metricsPort !== undefined) await this.#metrics.listen(metricsHost, metricsPort);
    const port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, actual: number) => (error ? reject(error) : resolve(actual));
      this.#server.bindAsync(`${grpcHost}:${grpcPort}`, ServerCredentials.createInsecure(), bound);
    });
    this.#path.usage.start();
    const grpc = `${grpcHost}:${port}`;
    if (fastPort === undefined) return { grpc };
    return { grpc, lane: `${grpcHost}:${await this.#lane.listen(grpcHost, fastPort, workers > 1)}` };
  }

  /** What it has counted since its start. */
  get numbers(): Numbers {
    const { counts, isRedisUnreachable } = this.#path;
    return {
      cacheReads: { ...counts },
      redisUnreachable: isRedisUnreachable ? 1 : 0,
      fastPort: { ...this.#lane.lane.stats },
      processes: 1,
    };
  }

  async stop(): Promise<void> {
    const bound = setTimeout(() => this.#server.forceShutdown(), GRACE_ON_CLOSE_MS);
    const standardClosed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    await Promise.all([standardClosed, this.#lane.close()]);
    clearTimeout(bound);
    await this.#path.usage.stop();
    this.#path.close();
    await this.#metrics.close();
  }
}
