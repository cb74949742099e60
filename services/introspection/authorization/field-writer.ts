import type { HeaderText } from './header-text.ts';

const LEN = 2;
const VARINT_MAX = 0x7f;
/** A tag below field 16, and a length of 32 bits. */
const MAX_HEAD_BYTES = 6;
const MAX_DIGITS = 16;
const ZERO = 0x30;
/** Division is faster up to here. */
const MAX_INT32 = 0x7fff_ffff;
const WORD_BYTES = 4;
const INITIAL_BYTES = 2_048;

/**
 * Encodes protobuf fields from the last one to the first, so that the length of a message is known when its tag is written. One
 * buffer is reused for all messages.
 */
export class FieldWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #view = viewOf(this.#bytes);
  /** What was written is `bytes[at…]`. */
  #at = INITIAL_BYTES;

  /** Bytes written since the last `finish`. */
  get size(): number {
    return this.#bytes.length - this.#at;
  }

  /** Copies words, because short strings are copied slower by native functions and by single bytes. */
  raw(from: DataView, start = 0, end = from.byteLength): void {
    if (end - start > this.#at) this.#grow(end - start);
    const view = this.#view;
    let to = this.#at;
    let at = end;
    while (at - start >= WORD_BYTES) {
      to -= WORD_BYTES;
      at -= WORD_BYTES;
      view.setInt32(to, from.getInt32(at));
    }
    while (at > start) view.setUint8(--to, from.getUint8(--at));
    this.#at = to;
  }

  /** Text of a header, or the decimal digits of a safe integer that is not negative. Returns its length. */
  text(text: HeaderText | number): number {
    const before = this.size;
    if (typeof text === 'number') this.#digits(text);
    else this.raw(text.view, text.start, text.end);
    return this.size - before;
  }

  #digits(value: number): void {
    if (this.#at < MAX_DIGITS) this.#grow(MAX_DIGITS);
    const view = this.#view;
    let at = this.#at;
    let rest = value;
    while (rest > MAX_INT32) {
      const quotient = Math.floor(rest / 10);
      view.setUint8(--at, ZERO + (rest - quotient * 10));
      rest = quotient;
    }
    let small = rest | 0;
    do {
      const quotient = (small / 10) | 0;
      view.setUint8(--at, ZERO + (small - quotient * 10));
      small = quotient;
    } while (small > 0);
    this.#at = at;
  }

  /** Makes everything since `size` was `sizeBefore` the content of the length-delimited field `number`, below 16. */
  head(number: number, sizeBefore: number): void {
    if (this.#at < MAX_HEAD_BYTES) this.#grow(MAX_HEAD_BYTES);
    const length = this.size - sizeBefore;
    const view = this.#view;
    let at = this.#at;
    if (length <= VARINT_MAX) view.setUint8(--at, length);
    else {
      let shift = 7;
      while (length >>> shift > VARINT_MAX) shift += 7;
      view.setUint8(--at, length >>> shift);
      for (shift -= 7; shift >= 0; shift -= 7) view.setUint8(--at, ((length >>> shift) & VARINT_MAX) | 0x80);
    }
    view.setUint8(--at, (number << 3) | LEN);
    this.#at = at;
  }

  /** Returns a copy of what was written, and starts the next message. */
  finish(): Buffer {
    const message = Buffer.allocUnsafe(this.size);
    this.#bytes.copy(message, 0, this.#at);
    this.#at = this.#bytes.length;
    return message;
  }

  #grow(bytes: number): void {
    const written = this.#bytes.subarray(this.#at);
    this.#bytes = Buffer.allocUnsafe(2 * (written.length + bytes));
    this.#view = viewOf(this.#bytes);
    this.#at = this.#bytes.length - written.length;
    this.#bytes.set(written, this.#at);
  }
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
