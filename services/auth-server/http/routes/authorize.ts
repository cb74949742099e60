import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import {
  type AuthorizationParameters,
  authorizationError,
  requireSomeScope,
} from '../../domain/consent/authorization-request.ts';
import type { ConsentDecision, ConsentManager } from '../../domain/consent/consent-manager.ts';
import { asOrganizationId, type OrganizationId } from '../../domain/ids.ts';
import { searchText } from '../../domain/search-text.ts';
import { Parameters } from '../parameters.ts';
import { credentialsOf, initiatorOf, jsonBodyOf, pagingFrom, queryOf } from '../requests.ts';
import { consentJson } from '../serializers.ts';

/** `/oauth/authorize` (RFC 6749 section 4.1.1): what the consent page shows, and the user's decision. */
export function authorizeRoutes(
  server: FastifyInstance,
  callers: CallerIdentifier,
  consents: ConsentManager,
  consentPage: string,
): void {
  server.get('/oauth/authorize', async (request, reply) => {
    if (!isApiClient(request)) {
      const at = request.url.indexOf('?');
      return reply.redirect(consentPage + (at < 0 ? '' : request.url.slice(at)), 302);
    }
    const userId = await callers.requireUser(credentialsOf(request));
    const query = queryOf(request);
    const filter = {
      search: searchText(query.get('organization_search'), 'organization_search'),
      paging: pagingFrom(query),
    };
    return consentJson(await consents.view(userId, authorizationParameters(query), filter));
  });

  server.post('/oauth/authorize/consent', async (request) => {
    const userId = await callers.requireUser(credentialsOf(request));
    const redirectTo = await consents.decide(userId, decisionOf(request), initiatorOf(request, `user:${userId}`));
    return { redirect_to: redirectTo };
  });
}

const BEARER = /^Bearer\b/i;
const DIGITS = /^[0-9]{1,15}$/;

/** Whether the request has a bearer token, or accepts JSON but not HTML. If not, a browser has followed a link. */
function isApiClient({ headers: { authorization, accept = '' } }: FastifyRequest): boolean {
  const wantsJson = /\bjson\b/.test(accept) && !accept.includes('text/html');
  return wantsJson || BEARER.test(authorization ?? '');
}

function authorizationParameters(parameters: Parameters): AuthorizationParameters {
  return {
    client_id: parameters.get('client_id'),
    redirect_uri: parameters.get('redirect_uri'),
    scope: parameters.get('scope'),
    actor: parameters.get('actor'),
    state: parameters.get('state'),
    code_challenge: parameters.get('code_challenge'),
    code_challenge_method: parameters.get('code_challenge_method'),
    response_type: parameters.get('response_type'),
    request: parameters.get('request'),
    request_uri: parameters.get('request_uri'),
    response_mode: parameters.get('response_mode'),
    prompt: parameters.get('prompt'),
    resources: parameters.resources,
    duplicates: parameters.duplicates,
  };
}

function decisionOf(request: FastifyRequest): ConsentDecision {
  const body = jsonBodyOf(request);
  const members = Parameters.fromJson(body);
  const parameters = authorizationParameters(members);
  const decision = members.get('decision') || 'approve';
  if (decision !== 'approve' && decision !== 'deny')
    throw authorizationError('invalid_request', 'decision must be approve or deny');
  if (decision === 'approve' && typeof body.scope === 'string') requireSomeScope(parameters.scope);
  return {
    // A decision is not an authorization request, so the response type is optional: there is only one.
    parameters: { ...parameters, response_type: parameters.response_type || 'code' },
    decision,
    targetOrganizationId: organizationIdOf(body.target_organization_id),
    webhookEvents: eventsOf(body.granted_webhook_events),
  };
}

/** Accepts a number, or its digits as text. */
function organizationIdOf(value: unknown): OrganizationId | undefined {
  if (value === '' || value === null || value === undefined) return undefined;
  const id = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return asOrganizationId(id);
  throw authorizationError('invalid_request', 'target_organization_id must be the id of an organization');
}

function eventsOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((event) => typeof event === 'string')) return value;
  throw authorizationError('invalid_request', 'granted_webhook_events must be a list of event names');
}
