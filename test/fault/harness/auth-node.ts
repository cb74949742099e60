import { FaultProxy } from '../../support/fault-proxy.ts';
import { ChildService, type Environment } from './child-service.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { onFreshPorts } from './fresh-ports.ts';
import type { Report } from './processes/messages.ts';
import { commonEnvironment } from './secrets.ts';

const MOST_ATTEMPTS = 5;

/** One auth-server, with a proxy of its own before Postgres and one before Redis. It comes back on the same ports. */
export class AuthNode {
  readonly name: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Where replicas ask. */
  readonly internalPort: number;
  readonly redis: FaultProxy;
  readonly postgres: FaultProxy;
  /** Changes that went on without their fence, or rolled back for want of it. */
  fencesFailed = 0;
  readonly #environment: Environment;
  #child: ChildService;

  private constructor(
    name: string,
    ports: Pick<AuthNode, 'httpPort' | 'grpcPort' | 'internalPort'>,
    proxies: Pick<AuthNode, 'redis' | 'postgres'>,
    environment: Environment,
    child: ChildService,
  ) {
    this.name = name;
    this.httpPort = ports.httpPort;
    this.grpcPort = ports.grpcPort;
    this.internalPort = ports.internalPort;
    this.redis = proxies.redis;
    this.postgres = proxies.postgres;
    this.#environment = environment;
    this.#child = child;
  }

  static async start(name: string, parts: ClusterParts): Promise<AuthNode> {
    const redis = await FaultProxy.start(parts.redisPort);
    const postgres = await FaultProxy.start(Number(new URL(parts.databaseUrl).port));
    return onFreshPorts(3, async ([httpPort = 0, grpcPort = 0, internalPort = 0]) => {
      const ports = { httpPort, grpcPort, internalPort };
      const environment = environmentOf(parts, { ...ports, redisPort: redis.port, postgresPort: postgres.port });
      const started: { node?: AuthNode } = {};
      const child = await ChildService.start('auth-server', environment, (report) => started.node?.hear(report));
      started.node = new AuthNode(name, ports, { redis, postgres }, environment, child);
      return started.node;
    });
  }

  get child(): ChildService {
    return this.#child;
  }

  hear(report: Report): void {
    if (report.kind === 'fence failed') this.fencesFailed++;
  }

  /** After its process has ended; tried again when it does not come up, as whoever runs it would. */
  async startAgain(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#child = await ChildService.start('auth-server', this.#environment, (report) => this.hear(report));
        return;
      } catch (error) {
        if (attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  heal(): void {
    this.redis.heal();
    this.postgres.heal();
    this.#child.resume();
    this.#child.tell({ kind: 'disarm' });
  }

  async stop(): Promise<void> {
    this.heal();
    await this.#child.stop();
    await Promise.all([this.redis.stop(), this.postgres.stop()]);
  }
}

function environmentOf(
  { databaseUrl, secrets, platform }: ClusterParts,
  ports: { httpPort: number; grpcPort: number; internalPort: number; redisPort: number; postgresPort: number },
): Environment {
  const throughProxy = new URL(databaseUrl);
  throughProxy.port = String(ports.postgresPort);
  const { sessionJwksUrl, sessionIssuer, sessionAudience } = platform.sessionConfig;
  return {
    ...commonEnvironment(secrets, ports.redisPort),
    DATABASE_URL: throughProxy.href,
    WEBHOOK_KEYS: secrets.webhookKey,
    WEBHOOK_ALLOW_LOOPBACK: 'true',
    HTTP_PORT: String(ports.httpPort),
    GRPC_PORT: String(ports.grpcPort),
    INTERNAL_GRPC_PORT: String(ports.internalPort),
    DATABASE_CONNECT_TIMEOUT_MS: '5000',
    CLIENT_FAILURES_PER_MINUTE: '1000000',
    REFRESHES_PER_MINUTE: '0',
    SESSION_JWKS_URL: sessionJwksUrl,
    SESSION_ISSUER: sessionIssuer,
    SESSION_AUDIENCE: sessionAudience,
  };
}
