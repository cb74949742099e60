const LEN = 2;
const VARINT_MAX = 0x7f;
const FIRST_BYTES = 4_096;

/**
 * Writes a protobuf message from its end to its start, so that the length of everything is known when it is due: write
 * fields in reverse order, and after those of an inner message its `close`. One for many messages.
 */
export class FieldWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Where what was written starts. */
  #at = FIRST_BYTES;

  /** Begins another message, of at most so many bytes. */
  begin(maxBytes: number): void {
    if (this.#bytes.length < maxBytes) this.#bytes = Buffer.allocUnsafe(maxBytes);
    this.#at = this.#bytes.length;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** What was written; a copy. */
  get message(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#at));
  }

  /** Fields that are encoded already. */
  encoded(bytes: Uint8Array): void {
    this.#at -= bytes.length;
    this.#bytes.set(bytes, this.#at);
  }

  /** Text whose characters stand for one byte each. */
  text(field: number, text: string): void {
    this.#at -= text.length;
    this.#bytes.write(text, this.#at, 'latin1');
    this.#head(field, text.length);
  }

  /** Everything since it was `length` long is the content of this field. */
  close(field: number, length: number): void {
    this.#head(field, this.length - length);
  }

  #head(field: number, length: number): void {
    let bytes = 1;
    for (let rest = length; rest > VARINT_MAX; rest >>>= 7) bytes++;
    this.#at -= bytes;
    let at = this.#at;
    let rest = length;
    for (; rest > VARINT_MAX; rest >>>= 7) this.#bytes[at++] = (rest & VARINT_MAX) | 0x80;
    this.#bytes[at] = rest;
    this.#bytes[--this.#at] = (field << 3) | LEN;
  }
}
