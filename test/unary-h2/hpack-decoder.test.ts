import { describe, expect, test } from 'vitest';
import { encodeFields, encodeInteger } from '../../services/common/unary-h2/hpack/encoder.ts';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { decodeBlock, decoderOf, encodeHuffman } from './support/hpack.ts';

const literal = (flags: number, name: Buffer, value: Buffer): Buffer =>
  Buffer.concat([
    Buffer.of(flags),
    encodeInteger(0, 0x7f, name.length),
    name,
    encodeInteger(0, 0x7f, value.length),
    value,
  ]);

const indexedLiteral = (name: string, value: string): Buffer => literal(0x40, Buffer.from(name), Buffer.from(value));

/** The field `:path` (index 4) with these bytes as its Huffman-coded value. */
const huffmanValue = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.of(0x04), encodeInteger(0x80, 0x7f, bytes.length), bytes]);

const sizeUpdate = (bytes: number): Buffer => encodeInteger(0x20, 0x1f, bytes);

describe('rejects with COMPRESSION_ERROR', () => {
  test.each<[string, Buffer]>([
    ['index 0', Buffer.of(0x80)],
    ['an index out of range', Buffer.of(0xbe)],
    ['a literal with a name index out of range', Buffer.of(0x7f, 0x00, 0x00)],
    ['the end within an index', Buffer.of(0xff)],
    ['the end within a long integer', Buffer.of(0xff, 0x80, 0x80)],
    ['an integer of too many bytes', Buffer.of(0xff, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['an integer with endless padding', Buffer.of(0xff, ...new Array(100).fill(0x80))],
    ['the end after a literal’s first byte', Buffer.of(0x40)],
    ['the end before a value', Buffer.of(0x40, 0x01, 0x61)],
    ['a string that is longer than the block', Buffer.of(0x40, 0x05, 0x61)],
    ['a string of 2^28-1 bytes', Buffer.of(0x00, 0x7f, 0x80, 0xff, 0xff, 0x7f)],
    ['Huffman: EOS', huffmanValue(Buffer.of(0xff, 0xff, 0xff, 0xff))],
    ['Huffman: EOS and more', huffmanValue(Buffer.of(0xff, 0xff, 0xff, 0xfc, 0x00))],
    ['Huffman: a padding of 8 bits', huffmanValue(Buffer.concat([encodeHuffman(Buffer.from('&')), Buffer.of(0xff)]))],
    ['Huffman: a padding of zeros', huffmanValue(Buffer.of(0x18))],
    ['a size update above the limit', sizeUpdate(4_097)],
    ['a size update after a field', Buffer.concat([Buffer.of(0x82), sizeUpdate(0)])],
    ['three size updates', Buffer.concat([sizeUpdate(0), sizeUpdate(1), sizeUpdate(2), Buffer.of(0x82)])],
  ])('%s', (_name, block) => {
    expect(() => decodeBlock(decoderOf(), block)).toThrow(
      expect.objectContaining({ name: 'ConnectionError', code: ErrorCode.COMPRESSION_ERROR }),
    );
  });
});

describe('accepts', () => {
  test.each<[string, Buffer, [string, string][]]>([
    ['an empty block', Buffer.alloc(0), []],
    ['an empty Huffman string', huffmanValue(Buffer.alloc(0)), [[':path', '']]],
    ['Huffman: a padding of 7 bits', huffmanValue(encodeHuffman(Buffer.from('":'))), [[':path', '":']]],
    ['two size updates', Buffer.concat([sizeUpdate(0), sizeUpdate(4_096), Buffer.of(0x82)]), [[':method', 'GET']]],
    ['a never-indexed literal', literal(0x10, Buffer.from('k'), Buffer.from('v')), [['k', 'v']]],
  ])('%s', (_name, block, fields) => {
    expect(decodeBlock(decoderOf(), block).fields).toEqual(fields);
  });
});

describe('the dynamic table', () => {
  test('evicts the oldest fields first, and all of them for a field that does not fit', () => {
    const decoder = decoderOf();
    decodeBlock(decoder, sizeUpdate(100));
    decodeBlock(decoder, Buffer.concat([indexedLiteral('a', '1'), indexedLiteral('b', '2'), indexedLiteral('c', '3')]));
    expect(decodeBlock(decoder, Buffer.of(0xbe, 0xbf)).fields).toEqual([
      ['c', '3'],
      ['b', '2'],
    ]);
    expect(decoder.table.bytes).toBe(68);
    expect(decodeBlock(decoder, indexedLiteral('d', 'x'.repeat(100))).fields).toHaveLength(1);
    expect(decoder.table.length).toBe(0);
  });

  test('allows a name reference to the field that the insertion evicts (RFC 7541 section 4.4)', () => {
    const decoder = decoderOf();
    decodeBlock(decoder, sizeUpdate(40));
    decodeBlock(decoder, indexedLiteral('name', '1'));
    expect(decodeBlock(decoder, Buffer.of(0x7e, 0x01, 0x32)).fields).toEqual([['name', '2']]);
    expect(decoder.table.at(0)).toMatchObject({ name: 'name', value: '2' });
  });

  test('keeps its order when it grows and wraps', () => {
    const decoder = decoderOf();
    for (let n = 0; n < 1_000; n++) decodeBlock(decoder, indexedLiteral(`n${n}`, ''));
    const { length } = decoder.table;
    expect(length).toBe(Math.floor(4_096 / 36));
    for (let index = 0; index < length; index++) expect(decoder.table.at(index)?.name).toBe(`n${999 - index}`);
    expect(decoder.table.at(length)).toBeUndefined();
  });

  test('must be resized in the first block after a smaller limit was acknowledged (RFC 9113 section 4.3.1)', () => {
    const shrink = (block: Buffer) => {
      const decoder = decoderOf();
      decodeBlock(decoder, indexedLiteral('a', '1'));
      decoder.setMaxTableBytes(64);
      return decodeBlock(decoder, block);
    };
    const compressionError = expect.objectContaining({ code: ErrorCode.COMPRESSION_ERROR });
    expect(() => shrink(Buffer.of(0x82))).toThrow(compressionError);
    expect(() => shrink(Buffer.concat([sizeUpdate(65), Buffer.of(0x82)]))).toThrow(compressionError);
    expect(shrink(Buffer.concat([sizeUpdate(64), Buffer.of(0xbe)])).fields).toEqual([['a', '1']]);
  });

  test('changes its generation whenever the same block could decode differently', () => {
    const decoder = decoderOf();
    const seen = new Set([decoder.generation]);
    const changes = [
      () => decodeBlock(decoder, indexedLiteral('a', '1')),
      () => decodeBlock(decoder, sizeUpdate(0)),
      () => decodeBlock(decoder, indexedLiteral('a', 'too large for a table of 0')),
      () => decodeBlock(decoder, sizeUpdate(4_096)),
      () => decoder.setMaxTableBytes(100),
      () => decodeBlock(decoder, sizeUpdate(100)),
    ];
    for (const change of changes) {
      change();
      expect(seen).not.toContain(decoder.generation);
      seen.add(decoder.generation);
    }
    const { generation } = decoder;
    decodeBlock(decoder, Buffer.concat([Buffer.of(0x82), literal(0x00, Buffer.from('k'), Buffer.from('v'))]));
    expect(decoder.generation).toBe(generation);
  });
});

describe('a list above its limit', () => {
  test('is truncated, and the table stays in sync', () => {
    const decoder = decoderOf(200);
    const fields = Array.from({ length: 8 }, (_, n) => indexedLiteral(`n${n}`, 'v'));
    const list = decodeBlock(decoder, Buffer.concat(fields));
    expect(list.isTooLarge).toBe(true);
    expect(list.fields).toHaveLength(5);
    expect(decoder.table.length).toBe(8);
  });

  test('is rejected with ENHANCE_YOUR_CALM if it is far too large', () => {
    const decoder = decoderOf(16_384);
    decodeBlock(decoder, indexedLiteral('bomb', 'x'.repeat(4_000)));
    expect(() => decodeBlock(decoder, Buffer.alloc(10_000, 0xbe))).toThrow(
      expect.objectContaining({ code: ErrorCode.ENHANCE_YOUR_CALM }),
    );
  });
});

describe('detects names and values that RFC 9113 section 8.2.1 forbids', () => {
  test.each([
    ['Upper', 'v', false],
    ['sp ace', 'v', false],
    ['tab\t', 'v', false],
    ['', 'v', false],
    ['a:b', 'v', false],
    [':', 'v', false],
    ['n\u00e9', 'v', false],
    ['del\u007f', 'v', false],
    ['k', ' v', false],
    ['k', 'v\t', false],
    ['k', 'a\rb', false],
    ['k', 'a\nb', false],
    ['k', 'a\0b', false],
    ['k', ' ', false],
    ['k', '', true],
    ['k', 'a b\tc', true],
    ['k', 'obs\u00ff', true],
    ["x-!#$%&'*+.^_`|~9", 'v', true],
    [':pseudo', 'v', true],
  ])('%j: %j', (name, value, wellFormed) => {
    const decoder = decoderOf();
    const block = literal(0x40, Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1'));
    for (const each of [block, Buffer.of(0xbe), Buffer.of(0xbe)]) {
      expect(decodeBlock(decoder, each).malformed).toEqual(wellFormed ? [] : [name]);
    }
  });

  test('also in a name that is referenced by index', () => {
    const decoder = decoderOf();
    decodeBlock(decoder, indexedLiteral('Bad', 'v'));
    expect(decodeBlock(decoder, Buffer.of(0x7e, 0x01, 0x77)).malformed).toEqual(['Bad']);
    decodeBlock(decoder, indexedLiteral('good', ' bad '));
    expect(decodeBlock(decoder, Buffer.of(0x7e, 0x01, 0x77)).malformed).toEqual([]);
  });
});

test('encodes with the static table where possible', () => {
  expect(encodeFields([[':status', '200']])).toEqual(Buffer.of(0x88));
  expect(encodeFields([[':status', '415']])).toEqual(Buffer.from([0x08, 0x03, ...Buffer.from('415')]));
  expect(encodeFields([['content-type', 'x']])).toEqual(Buffer.from([0x0f, 0x10, 0x01, ...Buffer.from('x')]));
});
