import { STATIC_TABLE, STATIC_TABLE_LENGTH } from './static-table.ts';

/** A dynamic table size update to 0 (RFC 7541 section 6.3). */
export const TABLE_SIZE_ZERO = 0x20;

/**
 * Encodes a field section without the dynamic table, so that the result can be reused on any connection: an index where
 * the static table has the field, else a literal without indexing (RFC 7541 section 6.2.2). Values are Latin-1.
 */
export function encodeFields(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => encodeField(name, value)));
}

function encodeField(name: string, value: string): Buffer {
  let nameIndex = 0;
  for (let index = STATIC_TABLE_LENGTH; index > 0; index--) {
    const known = STATIC_TABLE[index];
    if (known?.name !== name) continue;
    if (known.value === value) return encodeInteger(0x80, 0x7f, index);
    nameIndex = index;
  }
  const literal = [encodeInteger(0x00, 0x0f, nameIndex), encodeString(value)];
  if (nameIndex === 0) literal.splice(1, 0, encodeString(name));
  return Buffer.concat(literal);
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([encodeInteger(0x00, 0x7f, bytes.length), bytes]);
}

/** RFC 7541 section 5.1. `flags`: the bits before the prefix; `max`: the prefix with all bits set. */
export function encodeInteger(flags: number, max: number, value: number): Buffer {
  if (value < max) return Buffer.of(flags | value);
  const bytes = [flags | max];
  let rest = value - max;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
