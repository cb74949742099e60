import { readFileSync } from 'node:fs';
import { checkRequestAround } from './check-request.ts';
import type { Payload } from './job.ts';
import { TOKEN_BYTES, TokenList } from './token-list.ts';

/** The bodies of a job's requests, one after another; for `bearer`, values of `authorization`. */
export interface Body {
  /** The length of each. */
  readonly bytes: number;
  /** How many are left; Infinity if they do not run out. */
  readonly left: number;
  /** Writes the next one. */
  write(target: Buffer, at: number): void;
}

/** Field 1 of IntrospectRequest and of BatchIntrospectRequest: tag, length, token. */
const TOKEN_FIELD = Buffer.concat([Buffer.of((1 << 3) | 2, TOKEN_BYTES), Buffer.alloc(TOKEN_BYTES)]);
const TOKEN_FIELD_PREFIX_BYTES = 2;
const FORM_PREFIX = 'token=';
const BEARER_PREFIX = 'Bearer ';

export function bodyOf(payload: Payload): Body | undefined {
  if (payload.kind === 'get') return undefined;
  if (payload.kind === 'once') return new PreparedBodies(readFileSync(payload.bodies), payload.bytes);
  if (payload.kind === 'form') return tokenAfter(FORM_PREFIX, payload.tokens);
  if (payload.kind === 'bearer') return tokenAfter(BEARER_PREFIX, payload.tokens);
  if (payload.kind === 'check') {
    const { message, tokenAt } = checkRequestAround(TOKEN_BYTES);
    return grpcBody(Buffer.from(message), [tokenAt], new TokenList(payload.tokens));
  }
  const [size, order] = payload.kind === 'batch' ? [payload.size] : [1, payload.order];
  const offsets = Array.from({ length: size }, (_, index) => index * TOKEN_FIELD.length + TOKEN_FIELD_PREFIX_BYTES);
  return grpcBody(Buffer.concat(offsets.map(() => TOKEN_FIELD)), offsets, new TokenList(payload.tokens, order));
}

function tokenAfter(prefix: string, tokens: string): Body {
  return tokenBody(Buffer.from(prefix.padEnd(prefix.length + TOKEN_BYTES)), [prefix.length], new TokenList(tokens));
}

/** A gRPC message after its prefix: a flag (0: not compressed) and the length. */
function grpcBody(message: Buffer, offsets: readonly number[], tokens: TokenList): Body {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return tokenBody(
    Buffer.concat([prefix, message]),
    offsets.map((offset) => prefix.length + offset),
    tokens,
  );
}

/** Copies of the template, each with the next tokens at these offsets. */
function tokenBody(template: Buffer, offsets: readonly number[], tokens: TokenList): Body {
  return {
    bytes: template.length,
    get left() {
      return tokens.left;
    },
    write(target, at) {
      template.copy(target, at);
      for (const offset of offsets) tokens.copyNext(target, at + offset);
    },
  };
}

/** Each body of a file once. */
class PreparedBodies implements Body {
  readonly bytes: number;
  readonly #content: Buffer;
  #next = 0;

  constructor(content: Buffer, bytes: number) {
    this.#content = content;
    this.bytes = bytes;
  }

  get left(): number {
    return (this.#content.length - this.#next) / this.bytes;
  }

  write(target: Buffer, at: number): void {
    this.#content.copy(target, at, this.#next, this.#next + this.bytes);
    this.#next += this.bytes;
  }
}
