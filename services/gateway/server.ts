import { type Clock, systemClock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import type { Service } from '#common/process/run.ts';
import { GrpcActorClient } from './actor-client/grpc-actor-client.ts';
import type { Config } from './config.ts';
import { GrpcIntrospectionClient } from './introspection-client/grpc-introspection-client.ts';
import { DemoPlatform } from './platform/demo-platform.ts';
import { endpointTable } from './v3/endpoints.ts';
import { createHttpServer } from './v3/http-server.ts';

export interface Gateway extends Service {
  /** Resolves with its URL, without a path. */
  start(): Promise<{ http: string }>;
}

/** Builds the reference gateway. Throws for invalid addresses or an invalid service token. */
export function buildGateway(config: Config, log: Log, clock: Clock = systemClock): Gateway {
  const { serviceToken, introspectionTimeoutMs: timeoutMs, resource, issuer } = config;
  const introspection = new GrpcIntrospectionClient({
    addresses: config.introspectionAddresses,
    serviceToken,
    timeoutMs,
    coalescing: { maxBatch: config.introspectionMaxBatch, maxWaitMs: config.introspectionMaxWaitMs },
  });
  const actors = new GrpcActorClient({ addresses: config.authServerGrpc, serviceToken, timeoutMs });
  let isDraining = false;
  const http = createHttpServer({
    log,
    maxConnections: config.httpMaxConnections,
    introspection,
    endpoints: endpointTable(new DemoPlatform(clock), actors),
    api: { resource, issuer },
    isReady: async () => !isDraining && (await introspection.isServing()),
  });
  return {
    async start() {
      return { http: await http.listen({ host: config.httpHost, port: config.httpPort }) };
    },
    drain() {
      isDraining = true;
    },
    async stop() {
      await http.close();
      introspection.close();
      actors.close();
    },
  };
}
