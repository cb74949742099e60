import { freePort } from '../../scripts/dependencies/ports.ts';
import { readConfig } from '../../services/auth-server/config.ts';
import { AuthServer, type Overrides } from '../../services/auth-server/server.ts';
import { serviceTokenDigest } from '../../services/common/callers/service-tokens.ts';
import { createLog } from '../../services/common/process/log.ts';
import type { System } from './system.ts';
import { World } from './world.ts';

/** Another auth-server, and a world that sends its HTTP requests to it. Calls over gRPC still go to the first one. */
export interface OtherAuthServer {
  readonly world: World;
  stop(): Promise<void>;
}

/** Starts another auth-server on the database and Redis of a system. `environment` adds or replaces settings. */
export async function startAuthServer(
  system: System,
  environment: Readonly<Record<string, string>> = {},
  overrides: Overrides = {},
): Promise<OtherAuthServer> {
  const { redis, tokens, credentialKey, webhookKey, platform } = system;
  const { sessionJwksUrl, sessionIssuer, sessionAudience } = platform.sessionConfig;
  const callers = Object.entries(tokens).map(([kind, token]) => `${kind}=${serviceTokenDigest(token)}`);
  const ports = await Promise.all(Array.from({ length: 3 }, () => freePort()));
  const [http, grpc, internal] = ports.map(String) as [string, string, string];
  const config = readConfig({
    DATABASE_URL: system.databaseUrl,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.keyPrefix,
    CREDENTIAL_KEYS: credentialKey,
    WEBHOOK_KEYS: webhookKey,
    CALLER_TOKENS: callers.join(','),
    SESSION_JWKS_URL: sessionJwksUrl,
    SESSION_ISSUER: sessionIssuer,
    SESSION_AUDIENCE: sessionAudience,
    CLIENT_FAILURES_PER_MINUTE: '10000',
    REFRESHES_PER_MINUTE: '0',
    HTTP_PORT: http,
    GRPC_PORT: grpc,
    INTERNAL_GRPC_PORT: internal,
    LOG_LEVEL: 'error',
    ...environment,
  });
  const server = new AuthServer(config, createLog('auth-server', config.logLevel), overrides);
  const { http: issuer } = await server.start();
  return { world: new World({ ...system, issuer }), stop: () => server.stop() };
}
