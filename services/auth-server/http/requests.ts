import type { FastifyRequest } from 'fastify';
import { type RequestCredentials, webCredentials } from '#common/callers/request-credentials.ts';
import { AppError, invalidFields, invalidRequest } from '#common/errors/app-error.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import type { CallerIdentifier } from '../callers/identify-caller.ts';
import type { AdminRequest } from '../domain/app/app-manager.ts';
import type { Initiator } from '../domain/initiator.ts';
import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE, type Paging } from '../domain/paging.ts';
import { Parameters } from './parameters.ts';

/** The sender of the request, for the audit log. Also sets the caller that the log line of the request names. */
export function initiatorOf(request: FastifyRequest, performedBy: string): Initiator {
  request.callerName = performedBy;
  return { performedBy, ipAddress: request.clientAddress, requestId: request.id };
}

/** The credentials of the request: the `Authorization` header and the session cookie. */
export function credentialsOf({ method, headers }: FastifyRequest): RequestCredentials {
  return webCredentials(method, (name) => headers[name]?.toString());
}

/** The signed-in user and the organization that the request concerns. Managers check that the user is an admin of it. */
export async function adminRequestOf(request: FastifyRequest, callers: CallerIdentifier): Promise<AdminRequest> {
  const userId = await callers.requireUser(credentialsOf(request));
  const subdomain = request.headers['x-organization'];
  if (typeof subdomain !== 'string' || subdomain === '') {
    throw invalidRequest('the header X-Organization: <subdomain> is missing');
  }
  return { userId, subdomain, initiator: initiatorOf(request, `user:${userId}`) };
}

export function queryOf(request: FastifyRequest): Parameters {
  const at = request.url.indexOf('?');
  return Parameters.fromUrlEncoded(at < 0 ? '' : request.url.slice(at + 1));
}

export function pagingOf(request: FastifyRequest): Paging {
  return pagingFrom(queryOf(request).requireUnique());
}

export function pagingFrom(query: Parameters): Paging {
  return {
    page: wholeNumber(query, 'page', 1, MAX_PAGE),
    perPage: wholeNumber(query, 'per_page', DEFAULT_PER_PAGE, MAX_PER_PAGE),
  };
}

function wholeNumber(query: Parameters, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === '') return fallback;
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < 1 || value > max)
    throw invalidRequest(`${name} must be a whole number from 1 to ${max}`);
  return value;
}

export function bodyParametersOf(request: FastifyRequest): Parameters {
  return request.body instanceof Parameters ? request.body : Parameters.fromJson(request.body ?? {});
}

/** The body of an endpoint that accepts only JSON. */
export function jsonBodyOf(request: FastifyRequest): Record<string, unknown> {
  const { body } = request;
  if (body instanceof Parameters) throw new AppError(ErrorReason.UNSUPPORTED, 'This endpoint takes application/json');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidRequest('the body must be a JSON object');
  }
  return body as Record<string, unknown>;
}

/** `overlap_seconds`; 0 if it or the body is missing. */
export function overlapSecondsOf(request: FastifyRequest): number {
  if (request.body === undefined || request.body === null) return 0;
  const { overlap_seconds: overlapSeconds = 0, ...unknown } = jsonBodyOf(request);
  // A misspelled name would otherwise expire the old secret at once.
  const unknownFields = Object.keys(unknown).map((field) => ({ field, message: 'is not a field of a rotation' }));
  if (unknownFields.length > 0) throw invalidFields(unknownFields);
  if (typeof overlapSeconds === 'number') return overlapSeconds;
  throw invalidFields([{ field: 'overlap_seconds', message: 'must be a number' }]);
}
