import { readFileSync } from 'node:fs';
import { checkRequestAround } from './check-request.ts';
import type { Ask } from './job.ts';
import { TOKEN_BYTES, TokenList } from './token-list.ts';

/** Bodies of requests. All of one kind have the same length, so only the tokens in them change. */
export interface Body {
  readonly bytes: number;
  /** How many there still are. */
  readonly left: number;
  write(target: Buffer, at: number): void;
}

/** Field 1 of IntrospectRequest and of BatchIntrospectRequest: tag, length, token. */
const TOKEN_FIELD = Buffer.of((1 << 3) | 2, TOKEN_BYTES);
/** A gRPC message: not compressed, length. */
const GRPC_PREFIX_BYTES = 5;
const FORM_PREFIX = Buffer.from('token=');

export function bodyOf(ask: Ask): Body | undefined {
  if (ask.kind === 'get') return undefined;
  if (ask.kind === 'once') return new BodiesOnce(readFileSync(ask.bodies), ask.bytes);
  if (ask.kind === 'form') return formBody(new TokenList(ask.tokens));
  if (ask.kind === 'check') return checkBody(new TokenList(ask.tokens));
  if (ask.kind === 'batch') return grpcBody(new TokenList(ask.tokens), ask.size);
  return grpcBody(new TokenList(ask.tokens, ask.order), 1);
}

function formBody(tokens: TokenList): Body {
  return {
    get left() {
      return tokens.left;
    },
    bytes: FORM_PREFIX.length + TOKEN_BYTES,
    write(target, at) {
      FORM_PREFIX.copy(target, at);
      tokens.copyNext(target, at + FORM_PREFIX.length);
    },
  };
}

function grpcBody(tokens: TokenList, count: number): Body {
  const fieldBytes = TOKEN_FIELD.length + TOKEN_BYTES;
  const template = Buffer.alloc(GRPC_PREFIX_BYTES + count * fieldBytes);
  template.writeUInt32BE(count * fieldBytes, 1);
  for (let index = 0; index < count; index++) TOKEN_FIELD.copy(template, GRPC_PREFIX_BYTES + index * fieldBytes);
  return {
    get left() {
      return tokens.left;
    },
    bytes: template.length,
    write(target, at) {
      template.copy(target, at);
      const firstToken = at + GRPC_PREFIX_BYTES + TOKEN_FIELD.length;
      for (let index = 0; index < count; index++) tokens.copyNext(target, firstToken + index * fieldBytes);
    },
  };
}

function checkBody(tokens: TokenList): Body {
  const { message, tokenAt } = checkRequestAround(TOKEN_BYTES);
  const template = Buffer.alloc(GRPC_PREFIX_BYTES + message.length);
  template.writeUInt32BE(message.length, 1);
  template.set(message, GRPC_PREFIX_BYTES);
  return {
    get left() {
      return tokens.left;
    },
    bytes: template.length,
    write(target, at) {
      template.copy(target, at);
      tokens.copyNext(target, at + GRPC_PREFIX_BYTES + tokenAt);
    },
  };
}

class BodiesOnce implements Body {
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
