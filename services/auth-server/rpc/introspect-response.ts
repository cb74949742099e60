import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { effectiveScopes } from '#common/scopes/algebra.ts';
import { InactiveReason, type IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { BatchIntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import type { IntrospectedState } from '../domain/token/token-explanation.ts';
import type { TokenState } from '../domain/token/token-store.ts';
import { toProtoActorMode } from './convert.ts';

const REASONS = {
  malformed: InactiveReason.MALFORMED,
  unknown: InactiveReason.UNKNOWN,
  expired: InactiveReason.EXPIRED,
  revoked: InactiveReason.REVOKED,
  suspended: InactiveReason.SUSPENDED,
  user_not_member: InactiveReason.USER_NOT_MEMBER,
} as const;

/**
 * Encodes the IntrospectResponse of each state, with the scopes that the current role allows. They are encoded as one
 * message and then sliced, because a buffer for each costs four times as much as its content.
 */
export function introspectResponses(states: readonly TokenState[]): Uint8Array[] {
  const batch = create(BatchIntrospectResponseSchema, { responses: states.map(toIntrospectResponse) });
  const reader = new BinaryReader(toBinary(BatchIntrospectResponseSchema, batch));
  return states.map(() => {
    reader.tag();
    return reader.bytes();
  });
}

/** The same as a message. */
export function toIntrospectResponse(state: IntrospectedState): MessageInitShape<typeof IntrospectResponseSchema> {
  if (state.inactive !== undefined) return { active: false, inactiveReason: REASONS[state.inactive] };
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
