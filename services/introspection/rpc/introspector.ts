import { create, toBinary } from '@bufbuild/protobuf';
import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { invalidFields } from '#common/errors/app-error.ts';
import type { Clock } from '#common/process/clock.ts';
import type { ResponseSink } from '#common/rpc/response-sink.ts';
import { InactiveReason, IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import type { AnswerHandler } from '../read-path/answer.ts';
import { Batch, BatchItem } from './batch.ts';

const MAX_BATCH = 100;

const inactive = (inactiveReason: InactiveReason): Uint8Array =>
  toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, { active: false, inactiveReason }));
const MALFORMED = inactive(InactiveReason.MALFORMED);
const EXPIRED = inactive(InactiveReason.EXPIRED);

/** What an introspector needs. */
export interface IntrospectorParts {
  readonly reads: { answer(tokenHash: Buffer, deadline: number, handler: AnswerHandler): void };
  readonly format: CredentialFormat;
  readonly clock: Clock;
}

/** The rules of IntrospectionService, for both ports: well formed, known, not expired, in this order. */
export class Introspector {
  readonly #parts: IntrospectorParts;

  constructor(parts: IntrospectorParts) {
    this.#parts = parts;
  }

  /** `deadline`: see CallContext. */
  introspect(token: string, deadline: number, sink: ResponseSink): void {
    const { reads, format, clock } = this.#parts;
    // A malformed token ends here: it costs neither Redis nor auth-server anything.
    if (!format.isWellFormed('access_token', token)) sink.respond(MALFORMED);
    else reads.answer(hashCredential(token), deadline, new ExpiryCheck(clock, sink));
  }

  /** The answers in the order of their tokens; an error for one of them is the error of all. */
  introspectAll(tokens: readonly string[], deadline: number, sink: ResponseSink): void {
    if (tokens.length < 1 || tokens.length > MAX_BATCH) {
      sink.refuse(invalidFields([{ field: 'tokens', message: `must be 1 to ${MAX_BATCH}` }]));
      return;
    }
    const batch = new Batch(tokens.length, sink);
    for (let index = 0; index < tokens.length; index++) {
      this.introspect(tokens[index] as string, deadline, new BatchItem(batch, index));
    }
  }
}

/** The answer, unless the token has expired by now. */
class ExpiryCheck implements AnswerHandler {
  readonly #clock: Clock;
  readonly #sink: ResponseSink;

  constructor(clock: Clock, sink: ResponseSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  answer(bytes: Uint8Array, expiresAt: number): void {
    this.#sink.respond(expiresAt !== 0 && expiresAt <= this.#clock.now() ? EXPIRED : bytes);
  }

  fail(error: unknown): void {
    this.#sink.refuse(error);
  }
}
