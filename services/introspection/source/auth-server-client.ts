import { create } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { unavailable } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import { grpcMethodDefinition } from '#common/rpc/grpc-js-definition.ts';
import {
  GetTokenStateRequestSchema,
  type GetTokenStateResponse,
  TokenStateService,
} from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { type Answer, answerOf } from './answer.ts';
import type { AnswerSource } from './answer-source.ts';

export interface AuthServerOptions {
  /** host:port */
  readonly address: string;
  /** The service token of this replica. */
  readonly token: string;
  /** The longest wait for an answer, also where the caller would wait longer. */
  readonly timeoutMs: number;
}

const GET_TOKEN_STATE = grpcMethodDefinition(TokenStateService.method.getTokenState);

/** Asks auth-server, which reads Postgres. Only the hash of a token goes there. */
export class AuthServerSource implements AnswerSource {
  readonly #client: Client;
  readonly #options: AuthServerOptions;
  readonly #metadata = new Metadata();
  readonly #clock: Clock;

  constructor(options: AuthServerOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#metadata.set('authorization', `Bearer ${options.token}`);
    this.#client = new Client(options.address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 500,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 2_000,
    });
  }

  async answer(tokenHash: Buffer, deadline: number): Promise<Answer> {
    const { state } = await this.#getTokenState(tokenHash, deadline);
    if (state === undefined) throw unavailable('auth-server sent no token state');
    return answerOf(state);
  }

  close(): void {
    this.#client.close();
  }

  #getTokenState(tokenHash: Buffer, deadline: number): Promise<GetTokenStateResponse> {
    const { path, requestSerialize, responseDeserialize } = GET_TOKEN_STATE;
    const request = create(GetTokenStateRequestSchema, { tokenHash });
    const options = { deadline: Math.min(deadline, this.#clock.now() + this.#options.timeoutMs) };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        options,
        // Whatever went wrong there, here it means that nothing was decided.
        (error: ServiceError | null, response?: GetTokenStateResponse) =>
          response ? resolve(response) : reject(unavailable('auth-server cannot be asked about this token', error)),
      );
    });
  }
}
