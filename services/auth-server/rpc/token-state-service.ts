import { invalidFields } from '#common/errors/app-error.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import type { TokenStateService } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import type { UsageBuffer } from '../domain/domain.ts';
import type { InstallId } from '../domain/ids.ts';
import type { TokenInspection } from '../domain/token/token-inspection.ts';
import { encodeTokenStates } from './token-states-encoding.ts';

const HASH_BYTES = 32;
const MAX_HASHES = 500;

/** TokenStateService, which introspection replicas call after a cache miss and to renew a cached state. */
export function tokenStateService(
  inspection: TokenInspection,
  usage: UsageBuffer<InstallId>,
): UnaryHandlers<typeof TokenStateService> {
  return {
    async getTokenStates({ tokenHashes, cacheNode }) {
      if (tokenHashes.length < 1 || tokenHashes.length > MAX_HASHES) {
        throw invalidFields([{ field: 'token_hashes', message: `must have 1 to ${MAX_HASHES} hashes` }]);
      }
      if (tokenHashes.some(({ length }) => length !== HASH_BYTES)) {
        throw invalidFields([{ field: 'token_hashes', message: `must be ${HASH_BYTES} bytes each` }]);
      }
      const hashes = tokenHashes.map((hash) => Buffer.from(hash));
      const response = await inspection.cacheableStatesOf(hashes, cacheNode);
      // A call counts as use: introspection renews the state of every token in use about once a minute.
      for (const { state } of response.states)
        if (state.inactive === undefined) usage.record(state.installId, state.expiresAt);
      return encodeTokenStates(response);
    },
  };
}
