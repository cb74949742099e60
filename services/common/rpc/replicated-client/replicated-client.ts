import type { DescMethod } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { bearerCredential } from '../../callers/bearer.ts';
import type { Secret } from '../../credentials/secret.ts';
import { systemClock } from '../../process/clock.ts';
import { channelOptions } from './channel-options.ts';
import { channelTarget } from './channel-target.ts';

export interface ReplicatedClientOptions {
  /** `host:port` of every replica; see channelTarget(). */
  readonly addresses: readonly string[];
  /** Sent as bearer credential with every call. */
  readonly serviceToken: Secret;
  /** For a call with its retries and with connecting. */
  readonly timeoutMs: number;
}

/** Unary calls to a replicated service: load-balanced, with a timeout, and retried if that is safe. */
export class ReplicatedClient {
  readonly #client: Client;
  readonly #metadata = new Metadata();
  readonly #timeoutMs: number;

  /** Throws for invalid addresses or an invalid token. Connects on the first call. `safeToRepeat`: methods to retry. */
  constructor({ addresses, serviceToken, timeoutMs }: ReplicatedClientOptions, safeToRepeat: readonly DescMethod[]) {
    this.#timeoutMs = timeoutMs;
    this.#client = new Client(channelTarget(addresses), credentials.createInsecure(), channelOptions(safeToRepeat));
    const authorization = `Bearer ${serviceToken.reveal()}`;
    // Checked here, because the error of grpc-js would contain the token.
    if (bearerCredential(authorization) === undefined) {
      throw new Error('the service token must be visible ASCII characters without spaces');
    }
    this.#metadata.set('authorization', authorization);
  }

  /** Rejects with grpc-js's ServiceError, at `deadline` (ms since 1970) or after `timeoutMs` at the latest. */
  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    deadline = Number.POSITIVE_INFINITY,
  ): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = method;
    const options = { deadline: Math.min(deadline, systemClock.now() + this.#timeoutMs) };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        options,
        (error, response) => (response === undefined ? reject(error) : resolve(response)),
      );
    });
  }

  /** Closes the connections when the calls in flight have ended. */
  close(): void {
    this.#client.close();
  }
}
