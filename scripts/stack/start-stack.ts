import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { freePort } from '../services/ports.ts';
import { startPostgres } from '../services/postgres.ts';
import { startRedis } from '../services/redis.ts';
import { DEMO, seedDemoWorld } from './demo-world.ts';
import { type DevPlatform, SESSION_AUDIENCE, startDevPlatform } from './dev-platform.ts';
import { isServing } from './grpc-health.ts';
import { ServiceProcess } from './service-process.ts';
import { answers, STACK_DIRECTORY, type StackInfo } from './stack-file.ts';

export interface StackOptions {
  /** Introspection replicas. */
  readonly replicas: number;
  /** The first of a row of fixed ports; left out: free ones. */
  readonly portBase?: number | undefined;
  /** Told of each step of the start. */
  readonly onProgress: (line: string) => void;
}

export interface Stack {
  readonly info: StackInfo;
  /** Resolves with a sentence when a service has ended by itself. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const SERVICES = join(import.meta.dirname, '../../services');
const LOGS = join(STACK_DIRECTORY, 'logs');

/** Brings the whole system up; on any failure what has been started is stopped again. */
export async function startStack({ replicas, portBase, onProgress }: StackOptions): Promise<Stack> {
  await using started = new AsyncDisposableStack();
  const own = <T extends { stop(): Promise<void> }>(part: T): T => started.adopt(part, (it) => it.stop());
  let nextPort = portBase;
  const port = async () => (nextPort === undefined ? freePort() : nextPort++);

  const authServerPorts = { http: await port(), grpc: await port() };
  const gatewayPort = await port();
  const platformPort = await port();
  const introspectionPorts = await Promise.all(Array.from({ length: replicas }, port));

  const databaseUrl = process.env.DATABASE_URL || own(await progress('Postgres', startPostgres({ durable: true }))).url;
  const redisUrl = process.env.REDIS_URL || own(await progress('Redis', startRedis())).url;
  const platform = own(await startDevPlatform(platformPort, Object.values(DEMO.users)));
  const secrets = newSecrets();
  const shared = {
    REDIS_URL: redisUrl,
    CREDENTIAL_KEYS: secrets.credentialKey,
    CALLER_TOKENS: Object.entries(secrets.tokens)
      .map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`)
      .join(','),
    OPEN_REFLECTION: 'true',
  };
  const services: ServiceProcess[] = [];
  const run = (name: string, service: string, environment: Record<string, string>) => {
    const child = own(new ServiceProcess(name, join(SERVICES, service, 'main.ts'), environment, LOGS));
    services.push(child);
    return child;
  };

  const http = `http://127.0.0.1:${authServerPorts.http}`;
  const authServerGrpc = `127.0.0.1:${authServerPorts.grpc}`;
  const authServer = run('auth-server', 'auth-server', {
    ...shared,
    ...sessionSettings(platform),
    DATABASE_URL: databaseUrl,
    HTTP_PORT: String(authServerPorts.http),
    GRPC_PORT: String(authServerPorts.grpc),
    ISSUER: http,
  });
  await progress(
    'auth-server',
    authServer.waitUntil(() => answers(`${http}/readyz`), READY_MS),
  );
  await seedDemoWorld(authServerGrpc, secrets.tokens.platform);

  const introspectionAddresses = introspectionPorts.map((each) => `127.0.0.1:${each}`);
  const introspection = introspectionPorts.map((each, index) =>
    run(`introspection-${index + 1}`, 'introspection', {
      ...shared,
      GRPC_PORT: String(each),
      AUTH_SERVER_GRPC: authServerGrpc,
      AUTH_SERVER_TOKEN: secrets.tokens.introspection,
    }),
  );
  const gatewayHttp = `http://127.0.0.1:${gatewayPort}`;
  const gateway = run('gateway', 'gateway', {
    HTTP_PORT: String(gatewayPort),
    INTROSPECTION_ADDRESSES: introspectionAddresses.join(','),
    AUTH_SERVER_GRPC: authServerGrpc,
    SERVICE_TOKEN: secrets.tokens.gateway,
  });
  const serving = introspection.map((replica, index) =>
    replica.waitUntil(() => isServing(introspectionAddresses[index] as string), READY_MS),
  );
  await progress(replicas === 1 ? 'introspection' : `introspection, ${replicas} replicas`, Promise.all(serving));
  await progress(
    'gateway',
    gateway.waitUntil(() => answers(`${gatewayHttp}/readyz`), READY_MS),
  );

  const { gateway: gatewayToken, platform: platformToken, operator } = secrets.tokens;
  const info: StackInfo = {
    auth_server: { http, grpc: authServerGrpc },
    introspection: { grpc: introspectionAddresses.join(',') },
    gateway: { http: gatewayHttp },
    consent_web: { http },
    database_url: databaseUrl,
    redis_url: redisUrl,
    session_jwt_url: platform.sessionUrl,
    credentials: { gateway: gatewayToken, platform: platformToken, operator },
    demo: DEMO,
  };
  const running = started.move();
  return { info, broken: firstToEnd(services), stop: () => running.disposeAsync() };

  async function progress<T>(name: string, work: Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await work;
    onProgress(`${name.padEnd(28)} ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    return result;
  }
}

function newSecrets() {
  const token = () => randomBytes(32).toString('base64url');
  return {
    credentialKey: randomBytes(32).toString('hex'),
    tokens: { gateway: token(), platform: token(), operator: token(), introspection: token() },
  };
}

const sessionSettings = (platform: DevPlatform) => ({
  SESSION_JWKS_URL: platform.jwksUrl,
  SESSION_ISSUER: platform.issuer,
  SESSION_AUDIENCE,
});

function firstToEnd(services: readonly ServiceProcess[]): Promise<string> {
  return Promise.race(
    services.map(async (service) => {
      await service.ended;
      return `${service.name} has ended:\n${service.lastLines()}`;
    }),
  );
}
