const LEN = 2;
const VARINT_MAX = 0x7f;

/**
 * A length-delimited protobuf field. Content and result are latin1 strings, because short strings are concatenated several times
 * faster than buffers.
 */
export const binaryField = (number: number, content: string): string =>
  String.fromCharCode((number << 3) | LEN) + varint(content.length) + content;

function varint(value: number): string {
  if (value <= VARINT_MAX) return String.fromCharCode(value);
  return String.fromCharCode((value & VARINT_MAX) | 0x80) + varint(value >>> 7);
}
