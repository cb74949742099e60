import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientAuthenticator, PresentedCredential } from '../../domain/app/client-authenticator.ts';
import type { FailedRequestBuffer, UsageBuffer } from '../../domain/domain.ts';
import type { SecretId } from '../../domain/ids.ts';
import { type AuthenticatedRequest, requireParameter } from '../../domain/token/grants/grant.ts';
import type { TokenGrants } from '../../domain/token/grants/token-grants.ts';
import type { TokenRevocation } from '../../domain/token/revocation.ts';
import type { TokenInspection } from '../../domain/token/token-inspection.ts';
import type { HookManager } from '../../domain/webhook/hook-manager.ts';
import { readClientCredentials } from '../client-credentials.ts';
import { type ClientRequest, recordFailure } from '../failed-requests.ts';
import type { FailureLimiter } from '../failure-limiter.ts';
import type { Parameters } from '../parameters.ts';
import { bodyParametersOf, initiatorOf } from '../requests.ts';
import type { SameCredentialQueue } from '../same-credential-queue.ts';
import { introspectionJson, rotatedSecretJson, tokenJson } from '../serializers.ts';

/** The parts of the domain that these endpoints call. */
export interface ClientEndpoints {
  readonly clients: ClientAuthenticator;
  /** The same over the connection pool of the token endpoint. */
  readonly grantClients: ClientAuthenticator;
  readonly grants: TokenGrants;
  readonly revocation: TokenRevocation;
  readonly inspection: TokenInspection;
  readonly hooks: HookManager;
  readonly secretUsage: UsageBuffer<SecretId>;
  readonly failedRequests: FailedRequestBuffer;
}

interface EndpointOptions {
  readonly credentialOf?: (parameters: Parameters) => PresentedCredential | undefined;
  readonly clients?: ClientAuthenticator;
  /** Requests that present the same credential run one at a time. */
  readonly queue?: SameCredentialQueue;
  readonly grantTypeOf?: (parameters: Parameters) => string;
}

const TOKEN_KINDS = ['access_token', 'refresh_token'] as const;

/**
 * The endpoints that apps call with their client credentials: token, revoke (RFC 7009), introspect (RFC 7662), and a new
 * signing secret for the hook of an install.
 */
export function clientRoutes(
  server: FastifyInstance,
  { clients, grantClients, grants, revocation, inspection, hooks, secretUsage, failedRequests }: ClientEndpoints,
  limiter: FailureLimiter,
  queue: SameCredentialQueue,
): void {
  /** Authenticates the client before `respond` is called. */
  const authenticated =
    (
      respond: (request: AuthenticatedRequest, concurrentSuccess: boolean) => Promise<unknown>,
      options: EndpointOptions = {},
    ) =>
    async (request: FastifyRequest) => {
      const parameters = bodyParametersOf(request).requireUnique();
      const credentials = readClientCredentials(request.headers.authorization, parameters);
      const { clientId } = credentials;
      const clientRequest: ClientRequest = { clientId, grantType: options.grantTypeOf?.(parameters) ?? '' };
      const presented = options.credentialOf?.(parameters);
      const serve = async (concurrentSuccess: boolean) => {
        const found = await limiter.guard('secret', clientId, request.clientAddress, () =>
          (options.clients ?? clients).authenticate(credentials, presented),
        );
        clientRequest.found = found;
        secretUsage.record(found.client.secretId);
        return respond({ found, parameters, initiator: initiatorOf(request, `app:${clientId}`) }, concurrentSuccess);
      };
      const waits = options.queue !== undefined && presented !== undefined;
      try {
        return await (waits ? options.queue.run(clientId, presented.text, serve) : serve(false));
      } catch (error) {
        recordFailure(failedRequests, request, clientRequest, error);
        throw error;
      }
    };
  const config = { errorFormat: 'oauth' } as const;

  server.post(
    '/oauth/token',
    { config },
    authenticated(
      async (request, concurrentSuccess) => {
        const { found, initiator } = request;
        // Counted separately from wrong secrets: anyone can make the app send wrong codes, through its redirect URI.
        const issue = () => grants.issue({ ...request, concurrentSuccess });
        return tokenJson(await limiter.guard('grant', found.client.clientId, initiator.ipAddress, issue));
      },
      {
        credentialOf: (parameters) => grants.credentialOf(parameters),
        clients: grantClients,
        queue,
        grantTypeOf: (parameters) => grants.types.find((type) => type === parameters.get('grant_type')) ?? '',
      },
    ),
  );

  server.post(
    '/oauth/revoke',
    { config },
    authenticated(
      async ({ found, parameters, initiator }) => {
        await revocation.revoke(found, requireParameter(parameters, 'token'), initiator);
        return {};
      },
      { credentialOf: (parameters) => ({ text: parameters.get('token'), kinds: TOKEN_KINDS }) },
    ),
  );

  server.post(
    '/oauth/introspect',
    { config },
    authenticated(async ({ found: { client }, parameters }) =>
      introspectionJson(await inspection.introspectOwn(client, requireParameter(parameters, 'token'))),
    ),
  );

  server.post(
    '/oauth/webhook_secret',
    { config },
    authenticated(async ({ found: { client }, parameters, initiator }) => {
      const overlap = parameters.get('overlap_seconds') || '0';
      const installId = requireParameter(parameters, 'install_id');
      // Number() itself would accept a blank, 0x10 and 1e3.
      const overlapSeconds = /^[0-9]+$/.test(overlap) ? Number(overlap) : Number.NaN;
      return rotatedSecretJson(await hooks.rotateOwnSecret(client, installId, overlapSeconds, initiator));
    }),
  );
}
