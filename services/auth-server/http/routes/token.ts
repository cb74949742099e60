import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientAuthenticator, PresentedText } from '../../domain/client/client-authenticator.ts';
import type { FoundClient } from '../../domain/client/client-store.ts';
import { OAuthError } from '../../domain/oauth-error.ts';
import type { Origin } from '../../domain/origin.ts';
import type { CodeExchange } from '../../domain/token/exchange.ts';
import type { GrantTurn } from '../../domain/token/grant-turn.ts';
import type { TokenRefresh } from '../../domain/token/refresh.ts';
import type { TokenRevocation } from '../../domain/token/revocation.ts';
import type { TokenInspection } from '../../domain/token/token-inspection.ts';
import type { IssuedPair } from '../../domain/token/token-pair.ts';
import type { HookManager } from '../../domain/webhook/hook-manager.ts';
import { readClientCredentials } from '../client-credentials.ts';
import type { FailureLimiter } from '../failure-limiter.ts';
import type { GrantQueue } from '../grant-queue.ts';
import type { Parameters } from '../parameters.ts';
import { bodyParametersOf, originOf } from '../requests.ts';
import { introspectionJson, rotatedSecretJson, tokenJson } from '../shapes.ts';

/** What the endpoints that clients call are made of. */
export interface ClientEndpoints {
  readonly clients: ClientAuthenticator;
  /** The same on the connections of the token endpoint. */
  readonly grantClients: ClientAuthenticator;
  readonly exchange: CodeExchange;
  readonly refresh: TokenRefresh;
  readonly revocation: TokenRevocation;
  readonly inspection: TokenInspection;
  readonly hooks: HookManager;
}

interface ClientCall {
  /** With what lies under the code or token that the request presents. */
  readonly found: FoundClient;
  readonly given: Parameters;
  readonly origin: Origin;
  readonly turn: GrantTurn;
}

const ALONE: GrantTurn = { concurrentSuccess: false };
const NOTHING = () => undefined;
const TOKEN_KINDS = ['access_token', 'refresh_token'] as const;

/**
 * The endpoints that apps call with their client credentials: token, revoke (RFC 7009), introspect (RFC 7662), and a new
 * signing secret for the hook of one of its installs.
 */
export function clientRoutes(
  server: FastifyInstance,
  endpoints: ClientEndpoints,
  limiter: FailureLimiter,
  grants: GrantQueue,
): void {
  /** Client authentication comes first, for every grant, in the one place that no endpoint can forget. */
  const authenticated =
    (
      answer: (call: ClientCall) => Promise<unknown>,
      presentedBy: (given: Parameters) => PresentedText | undefined = NOTHING,
      clients = endpoints.clients,
    ) =>
    async (request: FastifyRequest) => {
      const given = bodyParametersOf(request).requireUnrepeated();
      const credentials = readClientCredentials(request.headers.authorization, given);
      const { clientId } = credentials;
      const presented = presentedBy(given);
      const serve = async (turn: GrantTurn) => {
        const found = await limiter.guard('secret', clientId, request.clientAddress, () =>
          clients.authenticate(credentials, presented),
        );
        return answer({ found, given, origin: originOf(request, `app:${clientId}`), turn });
      };
      const isGrant = presentedBy === presentedGrant && presented !== undefined;
      return isGrant ? grants.run(clientId, presented.text, serve) : serve(ALONE);
    };
  const config = { errorFormat: 'oauth' } as const;

  server.post(
    '/oauth/token',
    { config },
    authenticated(
      async (call) => {
        const { found, origin } = call;
        // Counted apart from wrong secrets: a stranger can send wrong codes through the app's own callback.
        const issued = () => issue(endpoints, call);
        return tokenJson(await limiter.guard('grant', found.client.clientId, origin.ipAddress, issued));
      },
      presentedGrant,
      endpoints.grantClients,
    ),
  );

  server.post(
    '/oauth/revoke',
    { config },
    authenticated(
      async ({ found, given, origin }) => {
        await endpoints.revocation.revoke(found, required(given, 'token'), origin);
        return {};
      },
      (given) => ({ text: given.get('token'), kinds: TOKEN_KINDS }),
    ),
  );

  server.post(
    '/oauth/introspect',
    { config },
    authenticated(async ({ found: { client }, given }) =>
      introspectionJson(await endpoints.inspection.introspectOwn(client, required(given, 'token'))),
    ),
  );

  server.post(
    '/oauth/webhook_secret',
    { config },
    authenticated(async ({ found: { client }, given, origin }) => {
      const overlapSeconds = given.get('overlap_seconds') === '' ? 0 : Number(given.get('overlap_seconds'));
      return rotatedSecretJson(
        await endpoints.hooks.rotateOwnSecret(client, required(given, 'install_id'), overlapSeconds, origin),
      );
    }),
  );
}

/** The code or refresh token of a token request. */
function presentedGrant(given: Parameters): PresentedText | undefined {
  switch (given.get('grant_type')) {
    case 'authorization_code':
      return { text: given.get('code'), kinds: ['authorization_code'] };
    case 'refresh_token':
      return { text: given.get('refresh_token'), kinds: ['refresh_token'] };
    default:
      return undefined;
  }
}

function issue({ exchange, refresh }: ClientEndpoints, call: ClientCall): Promise<IssuedPair> {
  const { found, given, origin, turn } = call;
  switch (required(given, 'grant_type')) {
    case 'authorization_code':
      return exchange.exchange(
        found,
        {
          code: required(given, 'code'),
          redirectUri: required(given, 'redirect_uri'),
          codeVerifier: given.get('code_verifier'),
        },
        origin,
        turn,
      );
    case 'refresh_token':
      return refresh.refresh(
        found,
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
