import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { unavailable } from '#common/errors/app-error.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import { ReplicatedClient, type ReplicatedClientOptions } from '#common/rpc/replicated-client/replicated-client.ts';
import {
  GetTokenStateRequestSchema,
  ReportUsageRequestSchema,
  TokenStateService,
} from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import type { UsageSink } from '../usage/usage-reporter.ts';
import { type Answer, answerOf } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

const { getTokenState, reportUsage } = TokenStateService.method;
const GET_TOKEN_STATE = grpcMethodDefinition(getTokenState);
const REPORT_USAGE = grpcMethodDefinition(reportUsage);

/** Asks auth-server, which reads Postgres. Only the hash of a token goes there. */
export class AuthServerClient implements AnswerSource, UsageSink {
  readonly #client: ReplicatedClient;

  constructor(options: ReplicatedClientOptions) {
    this.#client = new ReplicatedClient(options, [getTokenState, reportUsage]);
  }

  async answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    const request = create(GetTokenStateRequestSchema, { tokenHash });
    const { state } = await this.#client.call(GET_TOKEN_STATE, request, deadline).catch(undecided);
    if (state === undefined) throw unavailable('auth-server sent no token state');
    return answerOf(state);
  }

  async reportUsage(installIds: readonly string[], lastUsedAt: Date): Promise<void> {
    const usages = installIds.map((installId) => ({ installId, lastUsedAt: timestampFromDate(lastUsedAt) }));
    await this.#client.call(REPORT_USAGE, create(ReportUsageRequestSchema, { usages }));
  }

  close(): void {
    this.#client.close();
  }
}

/** Whatever went wrong there, here it means that nothing was decided. */
function undecided(error: unknown): never {
  throw unavailable('auth-server cannot be asked about this token', error);
}
