import { create } from '@bufbuild/protobuf';
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { invalidFields } from '#common/errors/app-error.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  type TokenState as ProtoTokenState,
  TokenStateSchema,
} from '#gen/featureos/oauth/internal/v1/token_state_pb.ts';
import type { TokenStateService } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { isInstallId } from '../domain/install/install.ts';
import type { InstallStore } from '../domain/install/install-store.ts';
import type { TokenInspection } from '../domain/token/token-inspection.ts';
import type { TokenState } from '../domain/token/token-store.ts';
import { toProtoActorMode, toProtoRole } from './convert.ts';

const HASH_BYTES = 32;
const MAX_USAGES = 1_000;

const REASONS = {
  unknown: InactiveReason.UNKNOWN,
  revoked: InactiveReason.REVOKED,
  suspended: InactiveReason.SUSPENDED,
  user_not_member: InactiveReason.USER_NOT_MEMBER,
} as const;

/** What introspection replicas ask on a cache miss. */
export function tokenStateService(
  inspection: TokenInspection,
  installs: Pick<InstallStore, 'recordUsage'>,
): UnaryHandlers<typeof TokenStateService> {
  return {
    async getTokenState({ tokenHash }) {
      if (tokenHash.length !== HASH_BYTES) {
        throw invalidFields([{ field: 'token_hash', message: `must be ${HASH_BYTES} bytes` }]);
      }
      return { state: toProto(await inspection.stateOf(Buffer.from(tokenHash))) };
    },
    async reportUsage({ usages }) {
      if (usages.length < 1 || usages.length > MAX_USAGES) {
        throw invalidFields([{ field: 'usages', message: `must be 1 to ${MAX_USAGES}` }]);
      }
      const known = usages.flatMap(({ installId, lastUsedAt }) =>
        isInstallId(installId) && lastUsedAt ? [{ installId, lastUsedAt: timestampDate(lastUsedAt) }] : [],
      );
      await installs.recordUsage(known);
      return {};
    },
  };
}

function toProto(state: TokenState): ProtoTokenState {
  if (state.inactive !== undefined) return create(TokenStateSchema, { inactiveReason: REASONS[state.inactive] });
  return create(TokenStateSchema, {
    clientId: state.clientId,
    installId: state.installId,
    organization: { id: BigInt(state.organization.id), subdomain: state.organization.subdomain },
    actor: { mode: toProtoActorMode(state.actorMode), userId: BigInt(state.userId) },
    grantedScopes: [...state.grantedScopes],
    ...(state.role && { role: toProtoRole(state.role) }),
    issuedAt: timestampFromDate(state.issuedAt),
    expiresAt: timestampFromDate(state.expiresAt),
  });
}
