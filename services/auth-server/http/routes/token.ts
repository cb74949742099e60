import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { App } from '../../domain/app/app.ts';
import type { ClientAuthenticator } from '../../domain/client/client-authenticator.ts';
import { OAuthError } from '../../domain/oauth-error.ts';
import type { Origin } from '../../domain/origin.ts';
import type { CodeExchange } from '../../domain/token/exchange.ts';
import type { TokenRefresh } from '../../domain/token/refresh.ts';
import type { TokenRevocation } from '../../domain/token/revocation.ts';
import type { TokenInspection } from '../../domain/token/token-inspection.ts';
import type { IssuedPair } from '../../domain/token/token-pair.ts';
import type { HookManager } from '../../domain/webhook/hook-manager.ts';
import { readClientCredentials } from '../client-credentials.ts';
import type { FailureLimiter } from '../failure-limiter.ts';
import type { Parameters } from '../parameters.ts';
import { bodyParametersOf, originOf } from '../requests.ts';
import { introspectionJson, rotatedSecretJson, tokenJson } from '../shapes.ts';

/** What the endpoints that clients call are made of. */
export interface ClientEndpoints {
  readonly clients: ClientAuthenticator;
  readonly exchange: CodeExchange;
  readonly refresh: TokenRefresh;
  readonly revocation: TokenRevocation;
  readonly inspection: TokenInspection;
  readonly hooks: HookManager;
}

interface ClientCall {
  readonly client: App;
  readonly given: Parameters;
  readonly origin: Origin;
}

/**
 * The endpoints that apps call with their client credentials: token, revoke (RFC 7009), introspect (RFC 7662), and a new
 * signing secret for the hook of one of its installs.
 */
export function clientRoutes(server: FastifyInstance, endpoints: ClientEndpoints, limiter: FailureLimiter): void {
  /** Client authentication comes first, for every grant, in the one place that no endpoint can forget. */
  const authenticated =
    (answer: (call: ClientCall) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: { header(name: string, value: string): unknown }) => {
      reply.header('cache-control', 'no-store');
      const given = bodyParametersOf(request).requireUnrepeated();
      const credentials = readClientCredentials(request.headers.authorization, given);
      return limiter.guard(credentials.clientId, request.ip, async () => {
        const client = await endpoints.clients.authenticate(credentials);
        return answer({ client, given, origin: originOf(request, `app:${client.clientId}`) });
      });
    };
  const config = { errorFormat: 'oauth' } as const;

  server.post(
    '/oauth/token',
    { config },
    authenticated(async (call) => tokenJson(await grant(endpoints, call))),
  );

  server.post(
    '/oauth/revoke',
    { config },
    authenticated(async ({ client, given, origin }) => {
      await endpoints.revocation.revoke(client, required(given, 'token'), origin);
      return {};
    }),
  );

  server.post(
    '/oauth/introspect',
    { config },
    authenticated(async ({ client, given }) =>
      introspectionJson(await endpoints.inspection.introspectOwn(client, required(given, 'token'))),
    ),
  );

  server.post(
    '/oauth/webhook_secret',
    { config },
    authenticated(async ({ client, given, origin }) => {
      const overlapSeconds = given.get('overlap_seconds') === '' ? 0 : Number(given.get('overlap_seconds'));
      return rotatedSecretJson(
        await endpoints.hooks.rotateOwnSecret(client, required(given, 'install_id'), overlapSeconds, origin),
      );
    }),
  );
}

function grant({ exchange, refresh }: ClientEndpoints, { client, given, origin }: ClientCall): Promise<IssuedPair> {
  switch (required(given, 'grant_type')) {
    case 'authorization_code':
      return exchange.exchange(
        client,
        {
          code: required(given, 'code'),
          redirectUri: required(given, 'redirect_uri'),
          codeVerifier: given.get('code_verifier'),
        },
        origin,
      );
    case 'refresh_token':
      return refresh.refresh(
        client,
        { refreshToken: required(given, 'refresh_token'), scope: given.get('scope') },
        origin,
      );
    default:
      throw new OAuthError('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token');
  }
}

function required(given: Parameters, name: string): string {
  const value = given.get(name);
  if (value === '') throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}
