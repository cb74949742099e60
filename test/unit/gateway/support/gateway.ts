import { Secret } from '#common/credentials/secret.ts';
import type { TracingConfig } from '#common/observe/tracing.ts';
import { createLog, type Log } from '#common/process/log.ts';
import { buildGateway } from '../../../../services/gateway/server.ts';
import { SERVICE_TOKEN } from './replica.ts';

export interface RunningGateway {
  readonly url: string;
  /** host:port of its metrics. */
  readonly metrics: string;
  /** An API call with this token, or without one if it is undefined. */
  call(path: string, token: string | undefined, init?: RequestInit): Promise<Response>;
  post(path: string, token: string | undefined, body: unknown): Promise<Response>;
  /** Makes it report that it is not ready while it continues to serve. */
  drain(): void;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** host:port of each replica. */
  readonly introspection: readonly string[];
  /** Default: CLOSED_PORT. */
  readonly authServer?: string;
  readonly timeoutMs?: number;
  readonly serviceToken?: string;
  readonly log?: Log;
  readonly maxConnections?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: none. */
  readonly tracing?: TracingConfig;
  /** The settings RESOURCE and ISSUER; default: the constants below. */
  readonly resource?: string;
  readonly issuer?: string;
}

/** The public address of the API, independent of the port. */
export const RESOURCE = 'https://platform.example/api/v3';
export const ISSUER = 'https://auth.example';

/** An address that nothing listens on. */
export const CLOSED_PORT = '127.0.0.1:1';

/** Starts the gateway in this process. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const config = {
    tls: undefined,
    upstreamTls: undefined,
    introspectionTlsName: undefined,
    authServerTlsName: undefined,
    fileCheckIntervalMs: 5_000,
    httpHost: '127.0.0.1',
    httpPort: options.port ?? 0,
    resource: options.resource ?? RESOURCE,
    issuer: options.issuer ?? ISSUER,
    httpMaxConnections: options.maxConnections ?? 2_000,
    introspectionAddresses: options.introspection,
    introspectionTimeoutMs: options.timeoutMs ?? 2_000,
    introspectionMaxBatch: 32,
    introspectionMaxWaitMs: 1,
    authServerGrpc: [options.authServer ?? CLOSED_PORT],
    serviceToken: new Secret(options.serviceToken ?? SERVICE_TOKEN),
    drainMs: 0,
    metricsHost: '127.0.0.1',
    metricsPort: 0,
    tracing: options.tracing,
    slowRequestMs: 1_000,
    logLevel: 'silent' as const,
  };
  const gateway = buildGateway(config, options.log ?? createLog('test', 'silent'));
  const { http: url, metrics } = await gateway.start();
  const call = (path: string, token: string | undefined, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(`${url}${path}`, { ...init, headers });
  };
  return {
    url,
    metrics: metrics as string,
    call,
    post: (path, token, body) =>
      call(path, token, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    drain: () => gateway.drain(),
    stop: () => gateway.stop(),
  };
}
