import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { invalidFields } from '#common/errors/app-error.ts';
import type { ResponseSink } from '#common/rpc/response-sink.ts';
import { InactiveReason } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { inactiveResponse } from '../read-path/response.ts';
import type { TokenReader } from '../read-path/token-reader.ts';
import { encodeBatch } from './wire-format.ts';

const MAX_BATCH = 100;
const MALFORMED = inactiveResponse(InactiveReason.MALFORMED);

/** The rules of IntrospectionService, for both ports. */
export class Introspector {
  readonly #reader: Pick<TokenReader, 'read'>;
  readonly #format: CredentialFormat;

  constructor(reader: Pick<TokenReader, 'read'>, format: CredentialFormat) {
    this.#reader = reader;
    this.#format = format;
  }

  /** `deadline`: see CallContext. */
  introspect(token: string, deadline: number, sink: ResponseSink): void {
    // A malformed token ends here: it costs neither Redis nor auth-server anything.
    if (!this.#format.isWellFormed('access_token', token)) sink.respond(MALFORMED);
    else this.#reader.read(hashCredential(token), deadline, sink);
  }

  /** The answers in the order of their tokens; an error for one of them is the error of all. */
  introspectAll(tokens: readonly string[], deadline: number, sink: ResponseSink): void {
    if (tokens.length < 1 || tokens.length > MAX_BATCH) {
      sink.refuse(invalidFields([{ field: 'tokens', message: `must be 1 to ${MAX_BATCH}` }]));
      return;
    }
    const answers = new Array<Uint8Array>(tokens.length);
    let due = tokens.length;
    let isRefused = false;
    const refuse = (error: unknown) => {
      if (!isRefused) sink.refuse(error);
      isRefused = true;
    };
    for (let index = 0; index < tokens.length; index++) {
      const respond = (answer: Uint8Array) => {
        answers[index] = answer;
        if (--due === 0) sink.respond(encodeBatch(answers));
      };
      this.introspect(tokens[index] as string, deadline, { respond, refuse });
    }
  }
}
