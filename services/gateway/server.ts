import { IntrospectionClient } from '@featureos/introspection-client';
import { loadOwnToken } from '#common/credentials/own-token.ts';
import { ClientCalls } from '#common/observe/client-calls.ts';
import { RequestObserver } from '#common/observe/request-observer.ts';
import { Tracing } from '#common/observe/tracing.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import { FileReloader } from '#common/process/file-reloader.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { securityMetrics } from '#common/tls/metrics.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import { UpstreamTls } from '#common/tls/upstream-tls.ts';
import { GrpcActorClient } from './actor-client/grpc-actor-client.ts';
import type { Config } from './config.ts';
import { gatewayMetrics } from './metrics.ts';
import { DemoPlatform } from './platform/demo-platform.ts';
import { endpointTable } from './v3/endpoints.ts';
import { createHttpServer } from './v3/http-server.ts';

export interface Gateway extends Service {
  /** Resolves with its URL, without a path, and the address of the metrics unless they are off. */
  start(): Promise<{ http: string; metrics?: string }>;
}

/** Builds the gateway. Throws for invalid addresses, an invalid service token, or a file that cannot be used. */
export function buildGateway(config: Config, log: Log, clock: Clock = systemClock): Gateway {
  const { introspectionTimeoutMs: timeoutMs, resource, issuer } = config;
  const files = new FileReloader(log, config.fileCheckIntervalMs);
  const upstreamTls = config.upstreamTls && new UpstreamTls(config.upstreamTls, files, log);
  const calls = new ClientCalls();
  const shared = {
    serviceToken: loadOwnToken(config.serviceToken, files),
    tls: upstreamTls,
    timeoutMs,
    interceptors: [calls.interceptor],
  };
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
  const tracing = Tracing.of('gateway', config.tracing, log);
  const observer = new RequestObserver(log, config.slowRequestMs, tracing);
  const serverTls = config.tls && new ServerTls(config.tls, files, log);
  const security = () => ({ fileReloadsFailed: files.failures, handshakesFailed: serverTls?.handshakesFailed ?? 0 });
  const metrics = new MetricsServer(
    [
      ...gatewayMetrics(observer, calls),
      ...securityMetrics('gateway', security, { server: serverTls, client: upstreamTls }),
    ],
    serverTls,
  );
  let isDraining = false;
  const http = createHttpServer({
    log,
    observer,
    maxConnections: config.httpMaxConnections,
    introspection,
    endpoints: endpointTable(new DemoPlatform(clock), actors),
    api: { resource, issuer },
    tls: serverTls,
    isDraining: () => isDraining,
    isReady: async () => !isDraining && (await introspection.isServing()),
  });
  return {
    async start() {
      const listening = await metrics.start(config.metricsHost, config.metricsPort);
      return { ...listening, http: await http.listen({ host: config.httpHost, port: config.httpPort }) };
    },
    drain() {
      isDraining = true;
    },
    async stop() {
      await http.close();
      introspection.close();
      actors.close();
      files.close();
      await metrics.close();
      await tracing?.close();
    },
  };
}
