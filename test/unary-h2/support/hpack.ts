import { type FieldSink, HpackDecoder, huffmanScratch } from '../../../services/common/unary-h2/hpack/decoder.ts';
import { HUFFMAN_CODES } from '../../../services/common/unary-h2/hpack/huffman-code.ts';

export type Fields = readonly (readonly [name: string, value: string])[];

/** Everything that a decoder says of a block. */
export class FieldList implements FieldSink {
  readonly fields: [name: string, value: string][] = [];
  readonly illFormed: string[] = [];
  isTooLarge = false;

  field(_kind: number, name: string, value: string, wellFormed: boolean): void {
    this.fields.push([name, value]);
    if (!wellFormed) this.illFormed.push(name);
  }

  tooLarge(): void {
    this.isTooLarge = true;
  }
}

export const decoderOf = (maxListBytes = 16_384): HpackDecoder =>
  new HpackDecoder(maxListBytes, huffmanScratch(65_536));

/** Decodes one block into a list. */
export function decodeBlock(decoder: HpackDecoder, block: Buffer): FieldList {
  const list = new FieldList();
  decoder.decode(block, 0, block.length, list);
  return list;
}

/** Huffman by the book, bit by bit, to compare with. */
export function encodeHuffman(octets: Uint8Array): Buffer {
  let bits = '';
  for (const octet of octets) {
    const { bits: code, length } = HUFFMAN_CODES[octet] as { bits: number; length: number };
    bits += code.toString(2).padStart(length, '0');
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from(bits.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
}
