import { callerName } from '#common/callers/caller.ts';
import { invalidRequest } from '#common/errors/app-error.ts';
import type { CallContext } from '#common/rpc/unary-handlers.ts';
import type { AdminRequest } from '../domain/app/app-manager.ts';
import { asUserId, type UserId } from '../domain/ids.ts';
import type { Initiator } from '../domain/initiator.ts';

/** The sender of the call, for the audit log. The method must require a credential. */
export function initiatorOf({ caller, ipAddress, requestId }: CallContext): Initiator {
  if (caller === undefined) throw new Error('this method admits callers without a credential');
  return { ipAddress, requestId, performedBy: callerName(caller) };
}

/** The user who calls. The method must admit only users. */
export function userIdOf({ caller }: CallContext): UserId {
  if (caller?.kind !== 'user') throw new Error('this method must admit users only');
  return asUserId(caller.userId);
}

/** The user who calls and the organization that the call concerns. The domain checks that the user is an admin there. */
export function adminRequestOf(context: CallContext): AdminRequest {
  const { organization } = context;
  if (organization === undefined || organization === '') {
    throw invalidRequest('the header X-Organization: <subdomain> is missing');
  }
  return { userId: userIdOf(context), subdomain: organization, initiator: initiatorOf(context) };
}
