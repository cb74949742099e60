import { IntrospectionClient } from '@featureos/introspection-client';
import { loadOwnToken } from '#common/credentials/own-token.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import { FileReloader } from '#common/process/file-reloader.ts';
import type { Log } from '#common/process/log.ts';
import type { Service } from '#common/process/run.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import { UpstreamTls } from '#common/tls/upstream-tls.ts';
import { GrpcActorClient } from './actor-client/grpc-actor-client.ts';
import type { Config } from './config.ts';
import { DemoPlatform } from './platform/demo-platform.ts';
import { endpointTable } from './v3/endpoints.ts';
import { createHttpServer } from './v3/http-server.ts';

export interface Gateway extends Service {
  /** Resolves with its URL, without a path. */
  start(): Promise<{ http: string }>;
}

/** Builds the reference gateway. Throws for invalid addresses or an invalid service token. */
export function buildGateway(config: Config, log: Log, clock: Clock = systemClock): Gateway {
  const { introspectionTimeoutMs: timeoutMs, resource, issuer } = config;
  const files = new FileReloader(log, config.fileCheckIntervalMs);
  const tls = config.upstreamTls && new UpstreamTls(config.upstreamTls, files);
  const shared = { serviceToken: loadOwnToken(config.serviceToken, files), tls, timeoutMs };
  const introspection = new IntrospectionClient({
    ...shared,
    addresses: config.introspectionAddresses,
    tlsName: config.introspectionTlsName,
    coalescing: { maxBatch: config.introspectionMaxBatch, maxWaitMs: config.introspectionMaxWaitMs },
  });
  const actors = new GrpcActorClient({
    ...shared,
    addresses: config.authServerGrpc,
    tlsName: config.authServerTlsName,
  });
  let isDraining = false;
  const http = createHttpServer({
    log,
    maxConnections: config.httpMaxConnections,
    introspection,
    endpoints: endpointTable(new DemoPlatform(clock), actors),
    api: { resource, issuer },
    tls: config.tls && new ServerTls(config.tls, files, log),
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
      files.close();
    },
  };
}
