const VARINT = 0;
const LEN = 2;
const VARINT_MAX = 0x7f;
/** Maximum length of a tag, which is 1 byte for fields below 16, and a varint. */
const MAX_HEAD_BYTES = 11;
/** Of a UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;
const INITIAL_BYTES = 64 * 1024;

/** Encodes one protobuf message with field numbers below 16. protobuf-es takes three times as long. */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #at = 0;

  /** A safe integer that is not negative. Like proto3, omits 0. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#head(field, VARINT, 0);
    this.#varint(value);
  }

  /** Omits nothing, because an element of a repeated field may be empty. */
  bytes(field: number, value: Uint8Array): void {
    this.#head(field, LEN, value.length);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  text(field: number, value: string): void {
    const start = this.begin(field, value.length * MAX_UTF8_BYTES);
    this.#at += this.#bytes.write(value, this.#at);
    this.end(start);
  }

  /** Begins a nested message or text; returns the argument for `end`. `size`: the maximum length of a text; 0 for a message. */
  begin(field: number, size = 0): number {
    this.#head(field, LEN, size);
    return ++this.#at;
  }

  /** Ends a nested message or text. One byte before `start` is reserved for the length; a longer length moves the content. */
  end(start: number): void {
    const length = this.#at - start;
    let moved = 0;
    for (let rest = length; rest > VARINT_MAX; rest >>>= 7) moved++;
    if (moved > 0) {
      this.#reserve(moved);
      this.#bytes.copyWithin(start + moved, start, this.#at);
    }
    this.#at = start - 1;
    this.#varint(length);
    this.#at += length;
  }

  /** Returns the encoded message. Nothing may be written afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #head(field: number, type: number, size: number): void {
    this.#reserve(MAX_HEAD_BYTES + size);
    this.#bytes[this.#at++] = (field << 3) | type;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > VARINT_MAX; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const written = this.#bytes.subarray(0, this.#at);
    this.#bytes = Buffer.allocUnsafe(2 * (this.#at + size));
    this.#bytes.set(written);
  }
}
