import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type ActorMode, effectiveScopes, type Role } from '#common/scopes/algebra.ts';
import type { TokenState } from '#gen/featureos/oauth/internal/v1/token_state_pb.ts';
import { ActorMode as ProtoActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { Role as ProtoRole } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';

/** An encoded IntrospectResponse: what the cache holds is what the caller gets. */
export interface Answer {
  readonly bytes: Uint8Array;
  /** From this moment on the answer is EXPIRED instead; ms since 1970, 0 for an answer that does not expire. */
  readonly expiresAt: number;
}

/** Roles by number; one that this version does not know caps like none at all: to nothing. */
const ROLES = new Map<ProtoRole, Role>([
  [ProtoRole.ADMIN, 'admin'],
  [ProtoRole.MANAGER, 'manager'],
  [ProtoRole.CSM, 'csm'],
  [ProtoRole.MEMBER, 'member'],
  [ProtoRole.COLLABORATOR, 'collaborator'],
]);

/** The answer that a state gives, with the scopes capped by the role of this moment. */
export function answerOf(state: TokenState): Answer {
  if (state.inactiveReason !== InactiveReason.UNSPECIFIED) return inactiveAnswer(state.inactiveReason);
  const { clientId, installId, organization, actor, grantedScopes, role, issuedAt, expiresAt } = state;
  if (!organization || !actor || !issuedAt || !expiresAt) throw new Error('auth-server sent an incomplete token state');
  const mode: ActorMode = actor.mode === ProtoActorMode.APP ? 'app' : 'self';
  const scopes = effectiveScopes(grantedScopes, mode, ROLES.get(role));
  const response = { active: true, clientId, installId, organization, actor, scopes, issuedAt, expiresAt };
  return { bytes: encode(response), expiresAt: timestampMs(expiresAt) };
}

/** An inactive answer says why, and nothing else. */
export function inactiveAnswer(inactiveReason: InactiveReason): Answer {
  return { bytes: encode({ active: false, inactiveReason }), expiresAt: 0 };
}

const encode = (response: MessageInitShape<typeof IntrospectResponseSchema>): Uint8Array =>
  toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, response));
