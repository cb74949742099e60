import { timestampDate } from '@bufbuild/protobuf/wkt';
import { ActorMode as ProtoActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { InactiveReason, type IntrospectResponse } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import type { ActiveToken, Actor, InactiveTokenReason, Introspection } from './introspection.ts';

const ACTOR_MODES: ReadonlyMap<number, Actor['mode']> = new Map([
  [ProtoActorMode.APP, 'app'],
  [ProtoActorMode.SELF, 'self'],
]);

const REASONS: ReadonlyMap<number, InactiveTokenReason> = new Map([
  [InactiveReason.MALFORMED, 'malformed'],
  [InactiveReason.UNKNOWN, 'unknown'],
  [InactiveReason.EXPIRED, 'expired'],
  [InactiveReason.REVOKED, 'revoked'],
  [InactiveReason.SUSPENDED, 'suspended'],
  [InactiveReason.USER_NOT_MEMBER, 'user_not_member'],
]);

/**
 * Throws for an incomplete response, and for an id that is out of range. An empty message is incomplete: it decodes to inactive
 * without a reason, and must not count as an inactive token.
 */
export function decodeIntrospection(response: IntrospectResponse): Introspection {
  if (response.active) return decodeActive(response);
  if (response.inactiveReason === InactiveReason.UNSPECIFIED) throw new Error('inactive without a reason');
  return { active: false, reason: REASONS.get(response.inactiveReason) ?? 'other' };
}

function decodeActive(response: IntrospectResponse): ActiveToken {
  const { clientId, installId, organization, actor, scopes, issuedAt, expiresAt } = response;
  const mode = actor && ACTOR_MODES.get(actor.mode);
  if (!organization || !actor || mode === undefined || !issuedAt || !expiresAt) throw new Error('incomplete response');
  return {
    active: true,
    clientId,
    installId,
    organization: { id: idOf(organization.id), subdomain: organization.subdomain },
    actor: { mode, userId: idOf(actor.userId) },
    scopes,
    issuedAt: timestampDate(issuedAt),
    expiresAt: timestampDate(expiresAt),
  };
}

/** Rounding an id could turn one organization into another. */
function idOf(id: bigint): number {
  if (id < 1n || id > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('an id is out of range');
  return Number(id);
}
