import type { FastifyInstance } from 'fastify';
import { type Kysely, sql } from 'kysely';
import { CallerRules } from '#common/callers/rules.ts';
import { ServiceTokens } from '#common/callers/service-tokens.ts';
import { CredentialFormat } from '#common/credentials/format.ts';
import { type Clock, systemClock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import type { Service } from '#common/process/run.ts';
import { serverInterceptor } from '#common/rpc/connect-server.ts';
import { TokenStateCache } from '#common/token-state/cache.ts';
import { RedisConnection } from '#common/token-state/redis-connection.ts';
import { CallerIdentifier } from './callers/identify-caller.ts';
import { JwksSessionVerifier } from './callers/jwks-session-verifier.ts';
import type { Config } from './config.ts';
import { buildDomain, type Domain } from './domain/domain.ts';
import { createHttpServer } from './http/http-server.ts';
import { appRoutes } from './http/routes/apps.ts';
import { authorizeRoutes } from './http/routes/authorize.ts';
import { healthRoutes } from './http/routes/health.ts';
import { installRoutes } from './http/routes/installs.ts';
import { metadataRoute } from './http/routes/metadata.ts';
import { clientRoutes } from './http/routes/token.ts';
import { GrpcServer } from './rpc/grpc-server.ts';
import { addAllServices, addWebServices } from './rpc/services.ts';
import { openDatabase } from './store/database.ts';
import { migrate } from './store/migrate.ts';
import { PgAuthority } from './store/pg-authority.ts';
import { PgDatabase } from './store/pg-database.ts';
import type { Schema } from './store/schema.ts';

/** The service that owns the flows and the Postgres state, built by hand from its parts. */
export class AuthServer implements Service {
  readonly #config: Config;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #db: Kysely<Schema>;
  readonly #redis: RedisConnection;
  #http: FastifyInstance | undefined;
  #grpc: GrpcServer | undefined;

  constructor(config: Config, log: Log, clock: Clock = systemClock) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#db = openDatabase({
      url: config.databaseUrl,
      poolSize: config.databasePoolSize,
      connectTimeoutMs: config.databaseConnectTimeoutMs,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
    });
    this.#redis = new RedisConnection({
      url: config.redisUrl,
      keyPrefix: config.redisKeyPrefix,
      commandTimeoutMs: config.redisTimeoutMs,
    });
  }

  async start(): Promise<{ http: string; grpc: string }> {
    const { httpHost, httpPort, grpcHost, grpcPort, issuer, consentPagePath, openReflection } = this.#config;
    await migrate(this.#db);
    const domain = this.#buildDomain();
    const callers = this.#buildCallers();
    const identify = (headers: Headers) => callers.identify(headers.get('authorization') ?? undefined);
    const interceptors = [serverInterceptor(identify, new CallerRules({ openReflection }), this.#log)];
    const shared = { clock: this.#clock, interceptors, log: this.#log };
    const isReady = () => this.#isReady();

    this.#grpc = new GrpcServer({ ...shared, routes: (router) => addAllServices(router, domain, isReady) });
    this.#http = await createHttpServer({ ...shared, rpcRoutes: (router) => addWebServices(router, domain) });
    appRoutes(this.#http, callers, domain.apps);
    authorizeRoutes(this.#http, callers, domain.consents, consentPagePath);
    installRoutes(this.#http, callers, domain.installs);
    clientRoutes(this.#http, domain);
    metadataRoute(this.#http, issuer);
    healthRoutes(this.#http, isReady);

    const grpc = `${grpcHost}:${await this.#grpc.listen(grpcHost, grpcPort)}`;
    return { grpc, http: await this.#http.listen({ host: httpHost, port: httpPort }) };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#http?.close(), this.#grpc?.close()]);
    this.#redis.close();
    await this.#db.destroy();
  }

  #buildCallers(): CallerIdentifier {
    const { sessionJwksUrl, sessionIssuer, sessionAudience, callerTokens } = this.#config;
    const sessions = { jwksUrl: sessionJwksUrl, issuer: sessionIssuer, audience: sessionAudience };
    return new CallerIdentifier(new JwksSessionVerifier(sessions, this.#clock), new ServiceTokens(callerTokens));
  }

  #buildDomain(): Domain {
    const { propagationTimeoutMs, credentialKeys, issuer } = this.#config;
    const database = new PgDatabase(this.#db);
    const cache = new TokenStateCache(this.#redis, this.#clock);
    const authority = new PgAuthority(this.#db, cache, { propagationTimeoutMs });
    return buildDomain(database, authority, new CredentialFormat(credentialKeys), issuer, this.#clock);
  }

  /** Postgres is needed for everything; Redis is not: without it changes are reported as pending. */
  async #isReady(): Promise<boolean> {
    await sql`SELECT 1`.execute(this.#db);
    return true;
  }
}
