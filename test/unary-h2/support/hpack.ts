import { type FieldHandler, HpackDecoder, huffmanScratch } from '../../../services/common/unary-h2/hpack/decoder.ts';
import { HUFFMAN_CODES } from '../../../services/common/unary-h2/hpack/huffman-code.ts';

export type Fields = readonly (readonly [name: string, value: string])[];

/** Records the fields of a block. */
export class FieldList implements FieldHandler {
  readonly fields: [name: string, value: string][] = [];
  readonly malformed: string[] = [];
  isTooLarge = false;

  onField(_kind: number, name: string, value: string, wellFormed: boolean): void {
    this.fields.push([name, value]);
    if (!wellFormed) this.malformed.push(name);
  }

  onTooLarge(): void {
    this.isTooLarge = true;
  }
}

export const decoderOf = (maxListBytes = 16_384): HpackDecoder =>
  new HpackDecoder(maxListBytes, huffmanScratch(65_536));

export function decodeBlock(decoder: HpackDecoder, block: Buffer): FieldList {
  const list = new FieldList();
  decoder.decode(block, 0, block.length, list);
  return list;
}

/** A simple reference encoder. */
export function encodeHuffman(bytes: Uint8Array): Buffer {
  let bits = '';
  for (const byte of bytes) {
    const { bits: code, length } = HUFFMAN_CODES[byte] as { bits: number; length: number };
    bits += code.toString(2).padStart(length, '0');
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}
