/** Receives the values of replies in order; an aggregate is only visible through its elements. Must not throw. */
export interface ValueHandler {
  /** A bulk string: `bytes[start, end)`, which are not overwritten later. */
  onBulk(bytes: Buffer, start: number, end: number): void;
  onNil(): void;
  /** A simple string or a number. */
  onLine(text: string): void;
  onError(text: string): void;
  /** The last value of a reply or push message was received. */
  onEnd(isPush: boolean): void;
}

const LF = 0x0a;
const CRLF_BYTES = 2;
const MINUS = 0x2d;
const ZERO = 0x30;
/** The RESP3 types of replies to our commands. */
const [BULK, ARRAY, MAP, PUSH] = [0x24, 0x2a, 0x25, 0x3e]; // $ * % >
const [SIMPLE, INTEGER] = [0x2b, 0x3a]; // + :
const [ERROR, NULL] = [0x2d, 0x5f]; // - _

/** Far above the size of any entry. */
const MAX_BULK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;
const MAX_ELEMENTS = 1_000_000;

const INCOMPLETE = -1;
const EMPTY = Buffer.alloc(0);

/**
 * Parses RESP3 (https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md) from chunks of any size. Strings
 * that are complete within a chunk are passed on in place. After it has thrown, the connection must be closed.
 */
export class ReplyReader {
  readonly #handler: ValueHandler;
  /** The start of an incomplete value. */
  #partial: Buffer = EMPTY;
  /** Values left in the current reply; 0 between replies. */
  #remaining = 0;
  #isPush = false;

  constructor(handler: ValueHandler) {
    this.#handler = handler;
  }

  /** Whether the current values belong to a push message. */
  get isPush(): boolean {
    return this.#isPush;
  }

  read(chunk: Buffer): void {
    const bytes = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#readOne(bytes, at);
      if (next === INCOMPLETE) break;
      at = next;
      if (--this.#remaining === 0) this.#handler.onEnd(this.#isPush);
    }
    this.#partial = bytes.subarray(at);
  }

  /** Returns the offset of the next value, or INCOMPLETE. */
  #readOne(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0) {
      if (bytes.length - at > MAX_LINE_BYTES) throw new Error(`a line longer than ${MAX_LINE_BYTES} bytes`);
      return INCOMPLETE;
    }
    const next = lineEnd + 1;
    const type = bytes[at] as number;
    if (type === BULK) return this.#readBulk(bytes, at, next);
    this.#begin(type);
    const end = next - CRLF_BYTES;
    switch (type) {
      case NULL:
        this.#handler.onNil();
        return next;
      case ARRAY:
      case PUSH:
        this.#readAggregate(bytes, at, end, 1);
        return next;
      case MAP:
        this.#readAggregate(bytes, at, end, 2);
        return next;
      case SIMPLE:
      case INTEGER:
        this.#handler.onLine(bytes.toString('latin1', at + 1, end));
        return next;
      case ERROR:
        this.#handler.onError(bytes.toString('latin1', at + 1, end));
        return next;
      default:
        throw new Error(`unexpected type ${type}`);
    }
  }

  #readBulk(bytes: Buffer, at: number, start: number): number {
    if (bytes[at + 1] === MINUS) {
      this.#begin(BULK);
      this.#handler.onNil();
      return start;
    }
    const end = start + readLength(bytes, at + 1, start - CRLF_BYTES, MAX_BULK_BYTES);
    if (end + CRLF_BYTES > bytes.length) return INCOMPLETE;
    this.#begin(BULK);
    this.#handler.onBulk(bytes, start, end);
    return end + CRLF_BYTES;
  }

  #readAggregate(bytes: Buffer, at: number, end: number, valuesPerElement: number): void {
    if (bytes[at + 1] === MINUS) this.#handler.onNil();
    else this.#remaining += readLength(bytes, at + 1, end, MAX_ELEMENTS) * valuesPerElement;
  }

  /** Called for each complete value: the first one of a reply, or one within it. */
  #begin(type: number): void {
    if (this.#remaining > 0) return;
    this.#remaining = 1;
    this.#isPush = type === PUSH;
  }
}

/** Parses the decimal digits `bytes[start, end)`. */
function readLength(bytes: Buffer, start: number, end: number, max: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw new Error('a length that is not a number');
    length = length * 10 + digit;
    if (length > max) throw new Error(`a length above ${max}`);
  }
  return length;
}
