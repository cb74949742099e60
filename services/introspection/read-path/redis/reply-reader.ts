/** The values of a reply, with nested aggregates flattened; undefined for null. Their memory is not reused. */
export type Values = readonly (Buffer | undefined)[];

/** Must not throw. */
export interface ReplyHandler {
  onReply(values: Values): void;
  onError(message: string): void;
  /** A message that is not a reply. */
  onPush(values: Values): void;
}

const LF = 0x0a;
const CRLF_BYTES = 2;
const ZERO = 0x30;
/** The RESP3 types of replies to our commands, and of pushes. */
const [BULK, ARRAY, MAP, PUSH] = [0x24, 0x2a, 0x25, 0x3e]; // $ * % >
const [SIMPLE, INTEGER, ERROR, NULL] = [0x2b, 0x3a, 0x2d, 0x5f]; // + : - _

/** Bytes of a string, and elements of an aggregate: far above those of any reply. */
const MAX_LENGTH = 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;

const INCOMPLETE = -1;
const EMPTY = Buffer.alloc(0);

/**
 * Parses RESP3 (https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md) from chunks of any size. Values
 * are views of their chunk, or of a copy if the previous chunk ended within a value. After read() has thrown, the connection must
 * be closed.
 */
export class ReplyReader {
  readonly #handler: ReplyHandler;
  /** The start of an incomplete value. */
  #partial: Buffer = EMPTY;
  /** The type of the current reply or push, its values so far, and the number of values to come: 0 between messages. */
  #type = NULL;
  #values: (Buffer | undefined)[] = [];
  #remaining = 0;

  constructor(handler: ReplyHandler) {
    this.#handler = handler;
  }

  read(chunk: Buffer): void {
    const bytes = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#readValue(bytes, at);
      if (next === INCOMPLETE) break;
      at = next;
      if (--this.#remaining === 0) this.#deliver();
    }
    this.#partial = bytes.subarray(at);
  }

  /** Returns the offset of the next value, or INCOMPLETE. */
  #readValue(bytes: Buffer, at: number): number {
    const next = bytes.indexOf(LF, at) + 1;
    if (next === 0) {
      if (bytes.length - at > MAX_LINE_BYTES) throw new Error(`a line longer than ${MAX_LINE_BYTES} bytes`);
      return INCOMPLETE;
    }
    const type = bytes[at] as number;
    const lineEnd = next - CRLF_BYTES;
    const bulkEnd = type === BULK ? next + readLength(bytes, at + 1, lineEnd) : 0;
    if (bulkEnd + CRLF_BYTES > bytes.length) return INCOMPLETE;
    if (this.#remaining === 0) {
      this.#remaining = 1;
      this.#type = type;
    }
    switch (type) {
      case BULK:
        this.#values.push(bytes.subarray(next, bulkEnd));
        return bulkEnd + CRLF_BYTES;
      case NULL:
        this.#values.push(undefined);
        return next;
      case SIMPLE:
      case INTEGER:
      case ERROR:
        this.#values.push(bytes.subarray(at + 1, lineEnd));
        return next;
      case ARRAY:
      case PUSH:
        this.#remaining += readLength(bytes, at + 1, lineEnd);
        return next;
      case MAP:
        this.#remaining += 2 * readLength(bytes, at + 1, lineEnd);
        return next;
      default:
        throw new Error(`unexpected type ${type}`);
    }
  }

  #deliver(): void {
    const values = this.#values;
    this.#values = [];
    if (this.#type === PUSH) this.#handler.onPush(values);
    else if (this.#type === ERROR) this.#handler.onError(String(values[0]));
    else this.#handler.onReply(values);
  }
}

/** Parses the decimal digits `bytes[start, end)`. */
function readLength(bytes: Buffer, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw new Error('a length that is not a number');
    length = length * 10 + digit;
    if (length > MAX_LENGTH) throw new Error(`a length above ${MAX_LENGTH}`);
  }
  return length;
}
