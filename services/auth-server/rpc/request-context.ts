import type { HandlerContext } from '@connectrpc/connect';
import { callerName } from '#common/callers/caller.ts';
import { invalidRequest } from '#common/errors/app-error.ts';
import { callerOf, requestInfoOf } from '#common/rpc/connect-server.ts';
import type { AdminRequest } from '../domain/app/app-manager.ts';
import type { Origin } from '../domain/origin.ts';

export const ORGANIZATION_HEADER = 'x-organization';

/** Where the call came from, for the audit log. */
export function originOf(context: HandlerContext): Origin {
  return { ...requestInfoOf(context), performedBy: callerName(callerOf(context)) };
}

/** The user who calls; the method's rule admits only users. */
export function userIdOf(context: HandlerContext): number {
  const caller = callerOf(context);
  if (caller.kind !== 'user') throw new Error('this method must admit users only');
  return caller.userId;
}

/** The user who calls and the organization that the call is about. */
export function adminRequestOf(context: HandlerContext): AdminRequest {
  const subdomain = context.requestHeader.get(ORGANIZATION_HEADER);
  if (subdomain === null || subdomain === '') throw invalidRequest('the header X-Organization: <subdomain> is missing');
  return { userId: userIdOf(context), subdomain, origin: originOf(context) };
}
