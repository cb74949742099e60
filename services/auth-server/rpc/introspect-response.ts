import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import { InactiveReason, type IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import type { IntrospectedState } from '../domain/token/token-explanation.ts';
import { toProtoActorMode } from './convert.ts';

export const INACTIVE_REASONS = {
  malformed: InactiveReason.MALFORMED,
  unknown: InactiveReason.UNKNOWN,
  expired: InactiveReason.EXPIRED,
  revoked: InactiveReason.REVOKED,
  suspended: InactiveReason.SUSPENDED,
  user_not_member: InactiveReason.USER_NOT_MEMBER,
} as const;

/** The response of Introspect, with the scopes that the token has now. */
export function toIntrospectResponse(state: IntrospectedState): MessageInitShape<typeof IntrospectResponseSchema> {
  if (state.inactive !== undefined) return { active: false, inactiveReason: INACTIVE_REASONS[state.inactive] };
  const { clientId, installId, organization, actorMode, userId, grantedScopes, role, issuedAt, expiresAt } = state;
  return {
    active: true,
    clientId,
    installId,
    organization: { id: BigInt(organization.id), subdomain: organization.subdomain },
    actor: { mode: toProtoActorMode(actorMode), userId: BigInt(userId) },
    scopes: effectiveScopes(grantedScopes, actorMode, role),
    issuedAt: timestampFromDate(issuedAt),
    expiresAt: timestampFromDate(expiresAt),
  };
}
