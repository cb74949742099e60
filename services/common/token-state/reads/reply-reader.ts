/** Takes replies in their order. Must not throw. */
export interface ReplySink {
  /** A bulk string: `octets[start, end)`, which stay as they are. */
  bulk(octets: Buffer, start: number, end: number): void;
  /** A null bulk string: no such key. */
  nil(): void;
  /** An array begins; its elements are the replies that follow. */
  array(length: number): void;
  /** A simple string, an error, or an integer. */
  line(isError: boolean, text: string): void;
}

const LF = 0x0a;
const ZERO = 0x30;
const BULK = 0x24; // '$'
const ARRAY = 0x2a; // '*'
const SIMPLE = 0x2b; // '+'
const ERROR = 0x2d; // '-'
const INTEGER = 0x3a; // ':'
const CRLF_BYTES = 2;

/** Far above any entry and any INFO: whoever announces more does not speak RESP, or is not our Redis. */
const MAX_BULK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;

/**
 * Cuts what a Redis server sends into replies, however it comes in pieces (RESP2:
 * https://redis.io/docs/latest/develop/reference/protocol-spec/). Replies that a chunk holds whole are handed on in place.
 * Throws for what is not RESP2; nothing after it means anything.
 */
export class ReplyReader {
  readonly #sink: ReplySink;
  /** The beginning of a reply whose rest is still to come. */
  #torn: Buffer = EMPTY;

  constructor(sink: ReplySink) {
    this.#sink = sink;
  }

  read(chunk: Buffer): void {
    const octets = this.#torn.length === 0 ? chunk : Buffer.concat([this.#torn, chunk]);
    let at = 0;
    while (at < octets.length) {
      const next = this.#readOne(octets, at);
      if (next === INCOMPLETE) break;
      at = next;
    }
    this.#torn = octets.subarray(at);
  }

  /** Returns where the next reply begins, or INCOMPLETE. An array is its header: its elements are replies themselves. */
  #readOne(octets: Buffer, at: number): number {
    const lineEnd = octets.indexOf(LF, at);
    if (lineEnd < 0) {
      if (octets.length - at > MAX_LINE_BYTES) throw new Error('a reply without an end');
      return INCOMPLETE;
    }
    const next = lineEnd + 1;
    switch (octets[at]) {
      case BULK:
        return this.#readBulk(octets, at, next);
      case ARRAY:
        this.#sink.array(readLength(octets, at + 1, next - CRLF_BYTES, Number.MAX_SAFE_INTEGER));
        return next;
      case SIMPLE:
      case INTEGER:
      case ERROR:
        this.#sink.line(octets[at] === ERROR, octets.toString('latin1', at + 1, next - CRLF_BYTES));
        return next;
      default:
        throw new Error(`a reply of type ${octets[at]}`);
    }
  }

  #readBulk(octets: Buffer, at: number, start: number): number {
    if (octets[at + 1] === ERROR) {
      this.#sink.nil();
      return start;
    }
    const end = start + readLength(octets, at + 1, start - CRLF_BYTES, MAX_BULK_BYTES);
    if (end + CRLF_BYTES > octets.length) return INCOMPLETE;
    this.#sink.bulk(octets, start, end);
    return end + CRLF_BYTES;
  }
}

const INCOMPLETE = -1;
const EMPTY = Buffer.alloc(0);

/** The digits `octets[start, end)`. */
function readLength(octets: Buffer, start: number, end: number, max: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (octets[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw new Error('a length that is no number');
    length = length * 10 + digit;
    if (length > max) throw new Error(`a length above ${max}`);
  }
  return length;
}
