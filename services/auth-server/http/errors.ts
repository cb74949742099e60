import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerChallenge } from '#common/callers/bearer.ts';
import type { AppError } from '#common/errors/app-error.ts';
import { asAppError, httpStatusOf } from '#common/errors/wire.ts';
import { errorBody, errorsByField, fromFastify } from '#common/http/error-bodies.ts';
import { MethodNotAllowed } from '#common/http/other-methods.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { errorParameters, OAuthError } from '../domain/oauth-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `oauth`: errors as in RFC 6749 section 5.2, for endpoints that OAuth clients call. Default: errorBody(). */
    errorFormat?: 'oauth';
  }
}

/** Sends an error as an HTTP response. Connect itself sends the errors of RPCs. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  request.failure = error;
  const known = fromFastify(error);
  if (known instanceof OAuthError) sendOAuthError(reply, known);
  else if (known instanceof MethodNotAllowed) sendMethodNotAllowed(request, reply, known);
  else sendAppError(request, reply, known);
}

function sendAppError(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const appError = asAppError(error);
  const { retryAfterSeconds } = appError.extras;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (appError.reason === ErrorReason.CALLER_UNAUTHENTICATED) {
    reply.header('www-authenticate', bearerChallenge(request.headers.authorization));
  }
  const { errorFormat } = request.routeOptions.config;
  reply.code(statusOf(appError.reason, errorFormat)).send(bodyOf(appError, errorFormat));
}

/** RFC 6749 section 5.2: 400, where other routes respond with 422 or 415. */
function statusOf(reason: ErrorReason, format: 'oauth' | undefined): number {
  const isMalformed = reason === ErrorReason.INVALID_FIELD || reason === ErrorReason.UNSUPPORTED;
  return format === 'oauth' && isMalformed ? 400 : httpStatusOf(reason);
}

function bodyOf(error: AppError, format: 'oauth' | undefined): Record<string, unknown> {
  const { reason, message, extras } = error;
  if (reason === ErrorReason.AUTHORIZATION_REFUSED) {
    const redirect = extras.redirectTo === undefined ? {} : { redirect_to: extras.redirectTo };
    return { ...errorParameters(extras.oauthError ?? 'invalid_request', message), ...redirect };
  }
  const body = errorBody(httpStatusOf(reason), message);
  if (reason === ErrorReason.PROPAGATION_PENDING) {
    const pending = { ...body, reason: 'PROPAGATION_PENDING' };
    return format === 'oauth' ? { error: 'temporarily_unavailable', ...pending } : pending;
  }
  if (format === 'oauth') return errorParameters(oauthCodeOf(reason), message);
  if (reason === ErrorReason.INVALID_FIELD) return { ...body, errors: errorsByField(extras.fieldViolations ?? []) };
  return body;
}

/** RFC 6749 section 5.2 has no code for outages and rate limits, so those of section 4.1.2.1 are used. */
export function oauthCodeOf(reason: ErrorReason): string {
  if (reason === ErrorReason.DEPENDENCY_UNAVAILABLE || reason === ErrorReason.RATE_LIMITED)
    return 'temporarily_unavailable';
  return httpStatusOf(reason) >= 500 ? 'server_error' : 'invalid_request';
}

function sendMethodNotAllowed(
  request: FastifyRequest,
  reply: FastifyReply,
  { allow, message }: MethodNotAllowed,
): void {
  const isOAuth = request.routeOptions.config.errorFormat === 'oauth';
  reply.header('allow', allow).code(405);
  reply.send(isOAuth ? errorParameters('invalid_request', message) : errorBody(405, message));
}

function sendOAuthError(reply: FastifyReply, { code, message }: OAuthError): void {
  if (code === 'invalid_client') reply.header('www-authenticate', 'Basic realm="oauth", charset="UTF-8"');
  reply.code(code === 'invalid_client' ? 401 : 400).send(errorParameters(code, message));
}
