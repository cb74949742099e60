import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Client } from '@connectrpc/connect';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import { type PostgresNode, startPostgresNode } from '../../test/fault/cluster/postgres-node.ts';
import { FRONT, isInstalled, startProxy } from '../../test/interop/gateways/proxies.ts';
import { TestCa } from '../../test/support/certificates.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { ensurePackage, ensureProgram } from '../dependencies/debian-package.ts';
import { DEMO, DEMO_USERS, seedDemoWorld } from '../stack/demo-world.ts';
import { startDevPlatform } from '../stack/dev-platform.ts';
import { isServing } from '../stack/grpc-health.ts';
import type { ClientView } from '../stack/oauth-client.ts';
import { Ports } from '../stack/ports.ts';
import { rpcClient } from '../stack/rpc-client.ts';
import { respondsOk, STACK_DIRECTORY, type StackInfo } from '../stack/stack-file.ts';
import { ensureWebBuilt } from '../web/build-web.ts';
import { startRedisGroup } from './redis-group.ts';
import { RestartableService } from './restartable-service.ts';
import { issueCertificates, settingsOf, takePorts } from './settings.ts';

const LOG_DIRECTORY = join(STACK_DIRECTORY, 'logs/production-demo');

export interface ProductionStack {
  /** HTTP addresses of nginx, and gRPC addresses of the first auth-server. */
  readonly info: ClientView & Pick<StackInfo, 'gateway'>;
  /** In the order of an upgrade. */
  readonly services: readonly RestartableService[];
  /** Calls auth-server as the host platform. */
  readonly webhookPublisher: Client<typeof WebhookService>;
  /** Kills the Redis primary; resolves when the Sentinels have made the replica the primary. */
  failOverRedis(): Promise<void>;
  /** Stops the Postgres primary, promotes the standby; resolves when new connections of the services lead to it. */
  failOverPostgres(): Promise<void>;
  /** nginx's log without refused connections, after which it tries the next server. */
  proxyErrors(): readonly string[];
  stop(): Promise<void>;
}

export interface ProductionStackOptions {
  /** Introspection replicas. */
  readonly replicas: number;
  /** Called for each step of the start. */
  readonly onProgress: (line: string) => void;
  /** When it aborts, the start is given up. */
  readonly interrupted?: AbortSignal;
}

/**
 * Starts two auth-servers and two gateways behind nginx, and introspection replicas, with TLS on all their ports and client
 * certificates between services. Postgres has a synchronous standby, Redis a replica and three Sentinels. Adds the CA to those
 * that this process trusts. If a step fails, what has been started is stopped.
 */
export async function startProductionStack(options: ProductionStackOptions): Promise<ProductionStack> {
  const { replicas, onProgress, interrupted } = options;
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): Promise<void> }>(resource: T): T => started.adopt(resource, (each) => each.stop());
  await ensureProgram({ names: ['openssl'], debianPackage: 'openssl' });
  await ensurePackage('nginx', async () => isInstalled(FRONT));
  await ensureWebBuilt(onProgress);
  const ca = started.adopt(new TestCa('production demo'), (each) => each.remove());
  setDefaultCACertificates([...getCACertificates(), ca.pem.toString()]);
  const certificates = issueCertificates(ca);
  const ports = await takePorts(new Ports(), replicas);

  onProgress('Postgres, with a synchronous streaming standby, at an address that follows the primary');
  const postgres = keep(await startPostgresNode());
  await postgres.addStandby();
  const postgresAddress = keep(await FaultProxy.start(postgres.port()));
  onProgress('Redis, with a replica and three Sentinels');
  const redis = keep(await startRedisGroup());

  const issuer = `https://127.0.0.1:${ports.auth}`;
  const platform = keep(await startDevPlatform(`127.0.0.1:${ports.platform}`, DEMO_USERS, issuer));
  const databaseUrl = new URL(postgres.url());
  databaseUrl.port = String(postgresAddress.port);
  const input = { ports, certificates, caFile: ca.file, databaseUrl: databaseUrl.href, redisUrl: redis.url, platform };
  const settings = settingsOf(input);

  const service = (
    name: string,
    folder: string,
    environment: Record<string, string>,
    isReady: () => Promise<boolean>,
  ) => new RestartableService({ name, service: folder, environment, logDirectory: LOG_DIRECTORY }, isReady);
  const isReadyAt = (port: number) => () => respondsOk(`https://127.0.0.1:${port}/readyz`);
  const gatewayTls = { ca: ca.pem, cert: certificates.gateway.cert, key: certificates.gateway.key };
  const services = [
    ...ports.authServers.map((each, index) =>
      service(`auth-server-${index + 1}`, 'auth-server', settings.authServer(each), isReadyAt(each.http)),
    ),
    ...ports.introspection.map((each, index) =>
      service(`introspection-${index + 1}`, 'introspection', settings.introspection(each), () =>
        isServing(`127.0.0.1:${each.grpc}`, gatewayTls),
      ),
    ),
    ...ports.gateways.map((port, index) =>
      service(`gateway-${index + 1}`, 'gateway', settings.gateway(port), isReadyAt(port)),
    ),
  ];
  // Together, since each drains for seconds.
  started.defer(() => Promise.all(services.map((each) => each.stop())).then(() => {}));
  onProgress(`2 auth-servers, ${replicas} introspection replicas, 2 gateways, with mTLS`);
  await Promise.all(services.map((each) => each.start(interrupted)));

  onProgress('nginx, with TLS, in front of auth-servers and gateways');
  const [authServer1, authServer2] = ports.authServers;
  const addressOf = (port: number | undefined) => `127.0.0.1:${port}`;
  const front = {
    API_LISTEN: addressOf(ports.api),
    AUTH_SERVER_1: addressOf(authServer1?.http),
    AUTH_SERVER_2: addressOf(authServer2?.http),
    GATEWAY_1: addressOf(ports.gateways[0]),
    GATEWAY_2: addressOf(ports.gateways[1]),
    TLS_CERT: certificates.nginx.certFile,
    TLS_KEY: certificates.nginx.keyFile,
    UPSTREAM_CA: ca.file,
  };
  const proxy = keep(await startProxy(FRONT, front, ports.auth));
  const { cert, key } = certificates.platform;
  const authServerGrpc = addressOf(authServer1?.grpc);
  const platformTls = { ca: ca.pem, cert, key };
  await seedDemoWorld(rpcClient(DirectoryService, authServerGrpc, undefined, platformTls));

  const running = started.move();
  return {
    info: {
      auth_server: { http: issuer, grpc: authServerGrpc, internal_grpc: addressOf(authServer1?.internal) },
      gateway: { http: `https://127.0.0.1:${ports.api}` },
      session_jwt_url: platform.sessionUrl,
      demo: DEMO,
    },
    services,
    webhookPublisher: rpcClient(WebhookService, authServerGrpc, undefined, platformTls),
    failOverRedis: () => redis.failOver(),
    failOverPostgres: () => failOverPostgres(postgres, postgresAddress),
    proxyErrors: () => proxy.logLines().filter((line) => !line.includes('Connection refused')),
    stop: () => running.disposeAsync(),
  };
}

/** node-postgres connects to one address and has no target_session_attrs, so the address follows the primary. */
async function failOverPostgres(postgres: PostgresNode, address: FaultProxy): Promise<void> {
  await postgres.failOver();
  address.switchTo(postgres.port());
  address.cut();
}
