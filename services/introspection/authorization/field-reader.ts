const WireType = { VARINT: 0, I64: 1, LEN: 2, I32: 5 } as const;

/** The length of the longest 64-bit varint. */
const MAX_VARINT_BYTES = 10;
const MAX_TAG = 0xffff_ffff;

/**
 * Iterates over the fields of an encoded protobuf message without decoding them. Groups, which no contract uses, count as
 * malformed.
 */
export class FieldReader {
  /** The number of the field. */
  field = 0;
  /** The field's content is `view[start, end)`: after the tag, and after the length if there is one. Empty for a varint. */
  start = 0;
  end = 0;
  /** Whether the field is length-delimited: a string, bytes or a message. */
  hasLength = false;
  /** The value of the last varint field; rounded above 2^53. */
  value = 0;
  isBroken = false;
  readonly #view: DataView;
  readonly #limit: number;

  constructor(view: DataView, start: number, end: number) {
    this.#view = view;
    this.end = start;
    this.#limit = end;
  }

  /** Moves to the next field. Returns false at the end, and after malformed input. */
  next(): boolean {
    if (this.isBroken || this.end === this.#limit) return false;
    this.start = this.end;
    const tag = this.#varint();
    const wireType = tag & 7;
    this.field = tag >>> 3;
    this.hasLength = wireType === WireType.LEN;
    if (wireType === WireType.LEN) {
      const length = this.#varint();
      this.end = this.start + length;
    } else if (wireType === WireType.VARINT) {
      this.value = this.#varint();
      this.end = this.start;
    } else if (wireType === WireType.I64) this.end = this.start + 8;
    else if (wireType === WireType.I32) this.end = this.start + 4;
    else this.isBroken = true;
    if (this.field === 0 || tag > MAX_TAG || this.end > this.#limit) this.isBroken = true;
    return !this.isBroken;
  }

  /** Most varints have one byte. */
  #varint(): number {
    if (this.start < this.#limit) {
      const byte = this.#view.getUint8(this.start);
      if (byte < 0x80) {
        this.start++;
        return byte;
      }
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    const view = this.#view;
    const limit = Math.min(this.#limit, this.start + MAX_VARINT_BYTES);
    let value = 0;
    for (let scale = 1; this.start < limit; scale *= 0x80) {
      const byte = view.getUint8(this.start++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.isBroken = true;
    return 0;
  }
}
