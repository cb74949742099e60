import type { FastifyRequest } from 'fastify';
import { AppError } from '#common/errors/app-error.ts';
import { httpStatusOf } from '#common/errors/wire.ts';
import type { FoundClient } from '../domain/app/client-store.ts';
import type { FailedRequestBuffer } from '../domain/domain.ts';
import { errorParameters, OAuthError } from '../domain/oauth-error.ts';
import { oauthCodeOf } from './errors.ts';

/** What is known about a client's request so far. */
export interface ClientRequest {
  readonly clientId: string;
  /** `grant_type` at the token endpoint; empty at other endpoints, or if the server does not support it. */
  readonly grantType: string;
  /** Undefined until the client is authenticated. */
  found?: FoundClient;
}

/** Records why the request of a client failed, for its developer. Failures of the server are not recorded. */
export function recordFailure(
  buffer: FailedRequestBuffer,
  { url, id, routeOptions }: FastifyRequest,
  { clientId, grantType, found }: ClientRequest,
  error: unknown,
): void {
  const failure = clientErrorOf(error);
  if (failure === undefined) return;
  const presented = [found?.code, found?.pair].find((each) => each?.appId === found?.client.id);
  buffer.record({
    endpoint: routeOptions.url ?? url,
    clientId,
    grantType,
    error: failure.error,
    description: failure.error_description,
    isAuthenticated: found !== undefined,
    organizationId: presented?.organizationId,
    requestId: id,
  });
}

/** Undefined for a failure of the server. */
function clientErrorOf(error: unknown) {
  if (error instanceof OAuthError) return errorParameters(error.code, error.message);
  if (!(error instanceof AppError) || httpStatusOf(error.reason) >= 500) return undefined;
  return errorParameters(oauthCodeOf(error.reason), error.message);
}
