import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { invalidFields } from '#common/errors/app-error.ts';
import type { Responder } from '#common/rpc/responder.ts';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { inactiveResponse } from '../read-path/response.ts';
import type { ReadOptions } from '../read-path/state-loader.ts';
import type { TokenReader } from '../read-path/token-reader.ts';
import { encodeBatch } from './wire-format.ts';

const MAX_BATCH = 100;
const MALFORMED = inactiveResponse(InactiveReason.MALFORMED);

export class Introspector {
  readonly #reader: Pick<TokenReader, 'read'>;
  readonly #format: CredentialFormat;

  constructor(reader: Pick<TokenReader, 'read'>, format: CredentialFormat) {
    this.#reader = reader;
    this.#format = format;
  }

  introspect(token: string, options: ReadOptions, responder: Responder): void {
    // A malformed token needs neither Redis nor auth-server.
    if (!this.#format.isWellFormed('access_token', token)) responder.respond(MALFORMED);
    else this.#reader.read(hashCredential(token), options, responder);
  }

  /** Responds for all tokens in their order; the first error fails the whole batch. */
  introspectAll(tokens: readonly string[], options: ReadOptions, responder: Responder): void {
    if (tokens.length < 1 || tokens.length > MAX_BATCH) {
      responder.fail(invalidFields([{ field: 'tokens', message: `must have 1 to ${MAX_BATCH} items` }]));
      return;
    }
    const responses = new Array<Uint8Array>(tokens.length);
    let pending = tokens.length;
    let hasFailed = false;
    const fail = (error: unknown) => {
      if (!hasFailed) responder.fail(error);
      hasFailed = true;
    };
    for (let index = 0; index < tokens.length; index++) {
      const respond = (response: Uint8Array) => {
        responses[index] = response;
        if (--pending === 0) responder.respond(encodeBatch(responses));
      };
      this.introspect(tokens[index] as string, options, { respond, fail });
    }
  }
}
