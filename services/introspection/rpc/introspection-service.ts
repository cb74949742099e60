import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { invalidFields } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { UnaryHandlers } from '#common/rpc/grpc-js-server.ts';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import type { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { inactiveAnswer } from '../source/answer.ts';
import type { AnswerSource } from '../source/answer-source.ts';
import type { UsageReporter } from '../usage/usage-reporter.ts';
import { encodeBatch } from './batch-encoding.ts';

const MAX_BATCH = 100;

const MALFORMED = inactiveAnswer(InactiveReason.MALFORMED).bytes;
const EXPIRED = inactiveAnswer(InactiveReason.EXPIRED).bytes;

/** IntrospectionService: well formed, known, not expired, in this order. Answers are encoded already. */
export function introspectionService(
  source: AnswerSource,
  format: CredentialFormat,
  usage: Pick<UsageReporter, 'note'>,
  clock: Clock,
): UnaryHandlers<typeof IntrospectionService> {
  const introspect = async (token: string, deadline: number): Promise<Uint8Array> => {
    if (!format.isWellFormed('access_token', token)) return MALFORMED;
    const { bytes, expiresAt } = await source.answer(hashCredential(token), deadline);
    if (expiresAt !== 0 && expiresAt <= clock.now()) return EXPIRED;
    usage.note(bytes);
    return bytes;
  };
  return {
    introspect: ({ token }, { deadline }) => introspect(token, deadline),
    async batchIntrospect({ tokens }, { deadline }) {
      if (tokens.length < 1 || tokens.length > MAX_BATCH) {
        throw invalidFields([{ field: 'tokens', message: `must be 1 to ${MAX_BATCH}` }]);
      }
      return encodeBatch(await Promise.all(tokens.map((token) => introspect(token, deadline))));
    },
  };
}
