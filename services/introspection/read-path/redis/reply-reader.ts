/** Takes values in their order, an aggregate before its elements. Must not throw, except to end the connection. */
export interface ValueSink {
  /** A string: `bytes[start, end)`, which stay as they are. */
  bulk(bytes: Buffer, start: number, end: number): void;
  nil(): void;
  /** A simple string or a number. */
  line(text: string): void;
  error(text: string): void;
  /** The last value of a reply, or of a message that was not asked for, has been given. */
  end(isPush: boolean): void;
}

const LF = 0x0a;
const CRLF_BYTES = 2;
const MINUS = 0x2d;
const ZERO = 0x30;
/** The types that replies to our commands have. */
const [BULK, ARRAY, MAP, PUSH] = [0x24, 0x2a, 0x25, 0x3e]; // $ * % >
const [SIMPLE, INTEGER] = [0x2b, 0x3a]; // + :
const [ERROR, NULL] = [0x2d, 0x5f]; // - _

/** Far above any entry. */
const MAX_BULK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;
const MAX_ELEMENTS = 1_000_000;

const INCOMPLETE = -1;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts what a Redis server sends into values, however it comes in pieces (RESP3:
 * https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md). Strings that a chunk holds whole are given
 * in place. Throws for what is not RESP3; nothing after it means anything.
 */
export class ReplyReader {
  readonly #sink: ValueSink;
  /** The beginning of a value whose rest is still to come. */
  #partial: Buffer = EMPTY;
  /** Values that the current reply still has; 0 between replies. */
  #left = 0;
  #isPush = false;

  constructor(sink: ValueSink) {
    this.#sink = sink;
  }

  /** Whether the values that are being given belong to a message that was not asked for. */
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
      if (--this.#left === 0) this.#sink.end(this.#isPush);
    }
    this.#partial = bytes.subarray(at);
  }

  /** Returns where the next value begins, or INCOMPLETE. */
  #readOne(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0) {
      if (bytes.length - at > MAX_LINE_BYTES) throw new Error('a reply without an end');
      return INCOMPLETE;
    }
    const next = lineEnd + 1;
    const type = bytes[at] as number;
    if (type === BULK) return this.#readBulk(bytes, at, next);
    this.#begin(type);
    const end = next - CRLF_BYTES;
    switch (type) {
      case NULL:
        this.#sink.nil();
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
        this.#sink.line(bytes.toString('latin1', at + 1, end));
        return next;
      case ERROR:
        this.#sink.error(bytes.toString('latin1', at + 1, end));
        return next;
      default:
        throw new Error(`a reply of type ${type}`);
    }
  }

  #readBulk(bytes: Buffer, at: number, start: number): number {
    if (bytes[at + 1] === MINUS) {
      this.#begin(BULK);
      this.#sink.nil();
      return start;
    }
    const end = start + readLength(bytes, at + 1, start - CRLF_BYTES, MAX_BULK_BYTES);
    if (end + CRLF_BYTES > bytes.length) return INCOMPLETE;
    this.#begin(BULK);
    this.#sink.bulk(bytes, start, end);
    return end + CRLF_BYTES;
  }

  #readAggregate(bytes: Buffer, at: number, end: number, valuesPerElement: number): void {
    if (bytes[at + 1] === MINUS) this.#sink.nil();
    else this.#left += readLength(bytes, at + 1, end, MAX_ELEMENTS) * valuesPerElement;
  }

  /** A value that is whole: the first one of a reply, or one within it. */
  #begin(type: number): void {
    if (this.#left > 0) return;
    this.#left = 1;
    this.#isPush = type === PUSH;
  }
}

/** The digits `bytes[start, end)`. */
function readLength(bytes: Buffer, start: number, end: number, max: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw new Error('a length that is no number');
    length = length * 10 + digit;
    if (length > max) throw new Error(`a length above ${max}`);
  }
  return length;
}
