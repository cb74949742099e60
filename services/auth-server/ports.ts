import type { DescService } from '@bufbuild/protobuf';
import type { FastifyInstance } from 'fastify';
import { CallerRules, isForUsers } from '#common/callers/rules.ts';
import type { ServiceTokens } from '#common/callers/service-tokens.ts';
import type { RequestObserver } from '#common/observe/request-observer.ts';
import type { Clock } from '#common/process/clock.ts';
import { hostPort } from '#common/process/host-port.ts';
import type { Log } from '#common/process/log.ts';
import { Admission } from '#common/rpc/admission.ts';
import { GrpcJsPort } from '#common/rpc/grpc-js-port.ts';
import { HealthHandlers } from '#common/rpc/health.ts';
import { UnaryH2Port } from '#common/rpc/unary-h2-port.ts';
import type { ServiceDependencies } from '#common/rpc/unary-handlers.ts';
import type { ServerTls } from '#common/tls/server-tls.ts';
import { Health } from '#gen/health/v1/health_pb.ts';
import type { Config } from './config.ts';
import { ConnectServices } from './http/connect/connect-services.ts';
import { createHttpServer } from './http/http-server.ts';
import { addRoutes, type RouteDependencies } from './http/routes.ts';
import type { ReadinessProbe } from './readiness.ts';
import { addInternalServices, addPublicServices, INTERNAL_SERVICES, PUBLIC_SERVICES } from './rpc/services.ts';

/** Maximum size of a request on the public gRPC port. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface PortDependencies extends RouteDependencies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly observer: RequestObserver;
  readonly serviceTokens: ServiceTokens;
  readonly tls: ServerTls | undefined;
}

/** The HTTP port, the public gRPC port, and the internal gRPC port for introspection. */
export class Ports {
  readonly #dependencies: PortDependencies;
  readonly #shared: ServiceDependencies;
  readonly #grpc: GrpcJsPort;
  readonly #internal: UnaryH2Port;
  #http: FastifyInstance | undefined;

  constructor(dependencies: PortDependencies) {
    const { config, log, clock, domain, callers, observer, readiness, serviceTokens, tls } = dependencies;
    const { maxConnectionAgeMs, trustedProxies } = config;
    const admission = new Admission(
      (credentials) => callers.identify(credentials),
      new CallerRules({ openReflection: config.openReflection }),
      () => serviceTokens.version,
    );
    this.#dependencies = dependencies;
    this.#shared = { admission, clock, log, observer, trustedProxies, tls };

    this.#grpc = new GrpcJsPort(this.#shared, { maxMessageBytes: MAX_MESSAGE_BYTES, maxConnectionAgeMs });
    addPublicServices(this.#grpc.services, domain);
    this.#grpc.services.addCommon(PUBLIC_SERVICES, healthOf(PUBLIC_SERVICES, readiness));

    this.#internal = new UnaryH2Port('internal', this.#shared, { maxConnectionAgeMs });
    addInternalServices(this.#internal.services, domain);
    this.#internal.services.add(Health, healthOf(INTERNAL_SERVICES, readiness).unaryHandlers);
  }

  /** Counters and gauges of the internal port. */
  get internalStats(): Readonly<Record<string, number>> {
    return { ...this.#internal.stats };
  }

  /** Resolves with the addresses of the ports: `http` is a URL, the others are host:port. */
  async listen(): Promise<{ grpc: string; internal: string; http: string }> {
    const { httpHost, httpPort, grpcHost, grpcPort, internalGrpcHost, internalGrpcPort } = this.#dependencies.config;
    this.#http = await this.#createHttp();
    return {
      grpc: hostPort(grpcHost, await this.#grpc.listen(grpcHost, grpcPort)),
      internal: hostPort(internalGrpcHost, await this.#internal.listen(internalGrpcHost, internalGrpcPort)),
      http: await this.#http.listen({ host: httpHost, port: httpPort }),
    };
  }

  /** Waits for the requests in progress, for a limited time. */
  async close(): Promise<void> {
    await Promise.all([this.#http?.close(), this.#grpc.close(), this.#internal.close()]);
  }

  async #createHttp(): Promise<FastifyInstance> {
    const { config, log, observer, domain, readiness, tls } = this.#dependencies;
    const server = await createHttpServer({
      log,
      observer,
      maxConnections: config.httpMaxConnections,
      trustedProxies: config.trustedProxies,
      tls,
      isDraining: () => readiness.isDraining,
      rpcRoutes: (router) => addPublicServices(new ConnectServices(router, this.#shared, isForUsers), domain),
    });
    addRoutes(server, this.#dependencies);
    return server;
  }
}

function healthOf(services: readonly DescService[], readiness: ReadinessProbe): HealthHandlers {
  const names = services.map(({ typeName }) => typeName);
  return new HealthHandlers(names, async () => (await readiness.check()).ready);
}
