import { describe, expect, test } from 'vitest';
import { encodeInteger } from '../../services/common/unary-h2/hpack/encoder.ts';
import { decoderOf, FieldList } from './support/hpack.ts';
import { VECTOR_GROUPS } from './support/rfc7541-vectors.ts';

const fromHex = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test.each([
  ['C.1.1', 0x1f, 10, '0a'],
  ['C.1.2', 0x1f, 1337, '1f9a0a'],
  ['C.1.3', 0xff, 42, '2a'],
])('RFC 7541 %s: encodes an integer', (_section, max, value, hex) => {
  expect(encodeInteger(0, max, value).toString('hex')).toBe(hex);
});

test('RFC 7541 C.1.2: decodes a table size update to 1337', () => {
  const decoder = decoderOf();
  decoder.decode(fromHex('3f9a0a'), 0, 3, new FieldList());
  expect(decoder.table.maxBytes).toBe(1337);
});

describe.each(VECTOR_GROUPS)('RFC 7541 $section', ({ maxTableBytes, vectors }) => {
  const decoder = decoderOf();
  decoder.table.resize(maxTableBytes);
  test.each(vectors)('$name', ({ block, fields, table, tableBytes }) => {
    const bytes = fromHex(block);
    const list = new FieldList();
    decoder.decode(bytes, 0, bytes.length, list);
    expect(list.fields).toEqual(fields);
    const stored = Array.from({ length: decoder.table.length }, (_, index) => decoder.table.at(index));
    expect(stored.map((field) => [field?.name, field?.value])).toEqual(table);
    expect(decoder.table.bytes).toBe(tableBytes);
  });
});
