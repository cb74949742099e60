import { join } from 'node:path';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { startPostgres } from '../dependencies/postgres.ts';
import { startRedis } from '../dependencies/redis.ts';
import type { ServerProcess } from '../dependencies/server-process.ts';
import { ensureWebBuilt } from '../web/build-web.ts';
import { DEMO, DEMO_USERS, seedDemoWorld } from './demo-world.ts';
import { startDevPlatform } from './dev-platform.ts';
import { isServing } from './grpc-health.ts';
import { Ports } from './ports.ts';
import { rpcClient } from './rpc-client.ts';
import { newSecrets, type Secrets } from './secrets.ts';
import { startService } from './service-process.ts';
import { type Addresses, Settings, takeAddresses } from './settings.ts';
import { respondsOk, STACK_DIRECTORY, type StackInfo } from './stack-file.ts';

export interface StackOptions {
  readonly replicas: number;
  /** The first of consecutive fixed ports. Default: free ones. */
  readonly portBase?: number | undefined;
  /** Default: new ones. Pass them to mint valid credentials. */
  readonly secrets?: Secrets;
  /** Overrides of auth-server's settings. */
  readonly authServer?: Readonly<Record<string, string>>;
  /** For a log file of each service. Default: .stack/logs. */
  readonly logDirectory?: string;
  /** Called for each step of the start. */
  readonly onProgress: (line: string) => void;
  /** Ends the start when it aborts. */
  readonly interrupted?: AbortSignal;
}

export interface Stack {
  readonly info: StackInfo;
  /** Process ids by the names of the services: auth-server, introspection-1 and so on, gateway. */
  readonly pids: ReadonlyMap<string, number>;
  /** Resolves with a message when the first service has exited, also after stop(). */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

/** Starts the whole system. If a step fails, what has been started is stopped in reverse order. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { replicas, portBase, logDirectory = join(STACK_DIRECTORY, 'logs'), onProgress, interrupted } = options;
  await using started = new AsyncDisposableStack();
  const own = <T extends { stop(): Promise<void> }>(resource: T): T => started.adopt(resource, (each) => each.stop());
  const services: ServerProcess[] = [];
  const run = (name: string, service: string, environment: Record<string, string>): ServerProcess => {
    const child = own(startService({ name, service, environment, logDirectory }));
    services.push(child);
    return child;
  };
  const ready = (service: ServerProcess, isReady: () => Promise<boolean>) => service.waitUntil(isReady, interrupted);
  const timed = timer(onProgress, interrupted);

  await ensureWebBuilt(onProgress);
  const secrets = options.secrets ?? newSecrets();
  const addresses = await takeAddresses(new Ports(portBase), replicas);
  const { authServerHttp, authServerGrpc, gatewayHttp, introspectionGrpc } = addresses;
  const databaseUrl =
    process.env.DATABASE_URL || (await timed('Postgres', async () => own(await startPostgres({ durable: true })))).url;
  const redisUrl = process.env.REDIS_URL || (await timed('Redis', async () => own(await startRedis()))).url;
  const platform = own(await startDevPlatform(addresses.platform, DEMO_USERS, `http://${authServerHttp}`));
  const settings = new Settings(addresses, secrets, redisUrl);

  // Started together, because none needs another to start. They stop in reverse order.
  const authServer = run('auth-server', 'auth-server', {
    ...settings.authServer(databaseUrl, platform),
    ...options.authServer,
  });
  const introspection = introspectionGrpc.map((address, index) => ({
    replica: run(`introspection-${index + 1}`, 'introspection', settings.introspection(index)),
    isReady: () => isServing(address),
  }));
  const gateway = run('gateway', 'gateway', settings.gateway());

  await timed('auth-server', async () => {
    await ready(authServer, () => respondsOk(`http://${authServerHttp}/readyz`));
    await seedDemoWorld(rpcClient(DirectoryService, authServerGrpc, secrets.tokens.platform));
  });
  await timed(replicas === 1 ? 'introspection' : `introspection, ${replicas} replicas`, () =>
    Promise.all(introspection.map(({ replica, isReady }) => ready(replica, isReady))),
  );
  await timed('gateway', () => ready(gateway, () => respondsOk(`http://${gatewayHttp}/readyz`)));

  const info = describeStack(addresses, secrets, { databaseUrl, redisUrl, sessionUrl: platform.sessionUrl });
  const running = started.move();
  const pids = new Map(services.map(({ name, pid }) => [name, pid]));
  return { info, pids, broken: firstToEnd(services), stop: () => running.disposeAsync() };
}

/** Returns a function that runs one step of the start and reports how long it took. */
function timer(onProgress: (line: string) => void, interrupted?: AbortSignal) {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    interrupted?.throwIfAborted();
    const begun = performance.now();
    const result = await work();
    onProgress(`${name.padEnd(28)} ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    return result;
  };
}

function describeStack(
  {
    authServerHttp,
    authServerGrpc,
    authServerInternal,
    gatewayHttp,
    introspectionGrpc,
    introspectionFastPort,
    introspectionHttp,
  }: Addresses,
  { tokens: { gateway, platform, operator } }: Secrets,
  { databaseUrl, redisUrl, sessionUrl }: { databaseUrl: string; redisUrl: string; sessionUrl: string },
): StackInfo {
  return {
    auth_server: { http: `http://${authServerHttp}`, grpc: authServerGrpc, internal_grpc: authServerInternal },
    introspection: {
      grpc: introspectionGrpc.join(','),
      fast_port: introspectionFastPort.join(','),
      http: introspectionHttp.map((address) => `http://${address}`).join(','),
    },
    gateway: { http: `http://${gatewayHttp}` },
    consent_web: { http: `http://${authServerHttp}` },
    database_url: databaseUrl,
    redis_url: redisUrl,
    session_jwt_url: sessionUrl,
    credentials: { gateway, platform, operator },
    demo: DEMO,
  };
}

function firstToEnd(services: readonly ServerProcess[]): Promise<string> {
  return Promise.race(
    services.map(async (service) => {
      await service.ended;
      return `${service.name} has ended:\n${service.lastLines()}`;
    }),
  );
}
