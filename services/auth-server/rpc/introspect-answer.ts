import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import { InactiveReason, IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import type { TokenState } from '../domain/token/token-store.ts';
import { toProtoActorMode } from './convert.ts';

const REASONS = {
  unknown: InactiveReason.UNKNOWN,
  revoked: InactiveReason.REVOKED,
  suspended: InactiveReason.SUSPENDED,
  user_not_member: InactiveReason.USER_NOT_MEMBER,
} as const;

/** The encoded IntrospectResponse that a state gives, with the scopes capped by the role of that moment. */
export function introspectAnswer(state: TokenState): Uint8Array {
  if (state.inactive !== undefined) return encode({ active: false, inactiveReason: REASONS[state.inactive] });
  const { clientId, installId, organization, actorMode, userId, grantedScopes, role, issuedAt, expiresAt } = state;
  return encode({
    active: true,
    clientId,
    installId,
    organization: { id: BigInt(organization.id), subdomain: organization.subdomain },
    actor: { mode: toProtoActorMode(actorMode), userId: BigInt(userId) },
    scopes: effectiveScopes(grantedScopes, actorMode, role),
    issuedAt: timestampFromDate(issuedAt),
    expiresAt: timestampFromDate(expiresAt),
  });
}

const encode = (response: MessageInitShape<typeof IntrospectResponseSchema>): Uint8Array =>
  toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, response));
