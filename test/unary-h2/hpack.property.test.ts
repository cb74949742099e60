import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import { decodeHuffman } from '../../services/common/unary-h2/hpack/huffman.ts';
import { decodeBlock, decoderOf, encodeHuffman } from './support/hpack.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const text = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each).toString('latin1'));

test('decodes Huffman strings to their source', () => {
  fc.assert(
    fc.property(bytes, (each) => {
      const encoded = encodeHuffman(each);
      const target = Buffer.alloc(Math.ceil((encoded.length * 8) / 5));
      const length = decodeHuffman(encoded, 0, encoded.length, target);
      expect(Buffer.compare(target.subarray(0, length), each)).toBe(0);
    }),
  );
});

test('accepts only canonical Huffman strings', () => {
  fc.assert(
    fc.property(bytes, (each) => {
      const target = Buffer.alloc(500);
      const length = decodeHuffman(each, 0, each.length, target);
      if (length >= 0) expect(encodeHuffman(target.subarray(0, length))).toEqual(Buffer.from(each));
    }),
  );
});

test('encodes fields so that they decode to the same, without changing the table', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 20 }), (fields) => {
      const decoder = decoderOf(1_000_000);
      expect(decodeBlock(decoder, encodeFields(fields)).fields).toEqual(fields);
      expect(decoder.generation).toBe(0);
    }),
  );
});

test('decodes or rejects any bytes, and the table never exceeds its size', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 30 }), (blocks) => {
      const decoder = decoderOf();
      try {
        for (const block of blocks) decodeBlock(decoder, Buffer.from(block));
      } catch (error) {
        expect(error).toMatchObject({ name: 'ConnectionError' });
      }
      expect(decoder.table.bytes).toBeLessThanOrEqual(decoder.table.maxBytes);
    }),
    { numRuns: 2_000 },
  );
});
