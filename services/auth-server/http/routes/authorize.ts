import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallerIdentifier } from '../../callers/identify-caller.ts';
import {
  type GivenAuthorizationParameters,
  refused,
  requireSomeScope,
} from '../../domain/consent/authorization-request.ts';
import type { ConsentDecision, ConsentManager } from '../../domain/consent/consent-manager.ts';
import { organizationSearch } from '../../domain/consent/consent-organization.ts';
import { asOrganizationId, type OrganizationId } from '../../domain/ids.ts';
import { Parameters } from '../parameters.ts';
import { credentialsOf, jsonBodyOf, originOf, pagingFrom, queryOf } from '../requests.ts';
import { consentJson } from '../serializers.ts';

/** `/oauth/authorize`: what a consent page reads, and the user's decision (RFC 6749 section 4.1.1). */
export function authorizeRoutes(
  server: FastifyInstance,
  callers: CallerIdentifier,
  consents: ConsentManager,
  consentPagePath: string,
): void {
  server.get('/oauth/authorize', async (request, reply) => {
    if (!isApiClient(request)) {
      const at = request.url.indexOf('?');
      return reply.redirect(consentPagePath + (at < 0 ? '' : request.url.slice(at)), 302);
    }
    const userId = await callers.requireUser(credentialsOf(request));
    const query = queryOf(request);
    const listed = { search: organizationSearch(query.get('organization_search')), paging: pagingFrom(query) };
    return consentJson(await consents.view(userId, authorizationParameters(query), listed));
  });

  server.post('/oauth/authorize/consent', async (request) => {
    const userId = await callers.requireUser(credentialsOf(request));
    const redirectTo = await consents.decide(userId, decisionOf(request), originOf(request, `user:${userId}`));
    return { redirect_to: redirectTo };
  });
}

const BEARER = /^Bearer\b/i;
const DIGITS = /^[0-9]{1,15}$/;

/** It uses the Bearer scheme, or asks for JSON and no page. Everything else is a browser that follows the app's link. */
function isApiClient({ headers: { authorization, accept = '' } }: FastifyRequest): boolean {
  const asksForJson = /\bjson\b/.test(accept) && !accept.includes('text/html');
  return asksForJson || BEARER.test(authorization ?? '');
}

function authorizationParameters(given: Parameters): GivenAuthorizationParameters {
  return {
    client_id: given.get('client_id'),
    redirect_uri: given.get('redirect_uri'),
    scope: given.get('scope'),
    actor: given.get('actor'),
    state: given.get('state'),
    code_challenge: given.get('code_challenge'),
    code_challenge_method: given.get('code_challenge_method'),
    response_type: given.get('response_type'),
    request: given.get('request'),
    request_uri: given.get('request_uri'),
    response_mode: given.get('response_mode'),
    prompt: given.get('prompt'),
    resources: given.resources,
    repeated: given.repeated,
  };
}

function decisionOf(request: FastifyRequest): ConsentDecision {
  const body = jsonBodyOf(request);
  const given = Parameters.fromJson(body);
  const parameters = authorizationParameters(given);
  const decision = given.get('decision') || 'approve';
  if (decision !== 'approve' && decision !== 'deny')
    throw refused('invalid_request', 'decision must be approve or deny');
  if (decision === 'approve' && typeof body.scope === 'string') requireSomeScope(parameters.scope);
  return {
    // A decision is no authorization request of RFC 6749: where it leaves the response type out, it is the only one.
    parameters: { ...parameters, response_type: parameters.response_type || 'code' },
    decision,
    targetOrganizationId: organizationIdOf(body.target_organization_id),
    webhookEvents: eventsOf(body.granted_webhook_events),
  };
}

/** A number, or its digits as text. */
function organizationIdOf(value: unknown): OrganizationId | undefined {
  if (value === '' || value === null || value === undefined) return undefined;
  const id = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return asOrganizationId(id);
  throw refused('invalid_request', 'target_organization_id must be the id of an organization');
}

function eventsOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((event) => typeof event === 'string')) return value;
  throw refused('invalid_request', 'granted_webhook_events must be a list of event names');
}
