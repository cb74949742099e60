import { ConnectionError, ErrorCode } from '../error-code.ts';
import { type FieldKind, fieldKind, fieldSize, HeaderField, isFieldName, isFieldValue } from '../header-field.ts';
import { DynamicTable } from './dynamic-table.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE, STATIC_TABLE_LENGTH } from './static-table.ts';

/** The table's size before anything was agreed (RFC 9113 section 6.5.2). */
const DEFAULT_TABLE_BYTES = 4_096;

/** The smallest maximum and the final one, where it changed more than once (RFC 7541 section 4.2). */
const MAX_SIZE_UPDATES = 2;

/** How far a list may exceed its limit before its sender is not merely wrong: bounds the work that a small block costs. */
const OVERSIZE_FACTOR = 4;

/** No length or index here comes near: an integer ends with this many octets after its prefix, or is an attack. */
const MAX_INTEGER_OCTETS = 4;

/** Takes the fields of a block in their order. */
export interface FieldSink {
  /** `wellFormed` is false for a name or a value that RFC 9113 section 8.2.1 forbids. */
  field(kind: FieldKind, name: string, value: string, wellFormed: boolean): void;
  /** Called once if the list is larger than the limit; no further field follows. */
  tooLarge(): void;
}

/** Room for one decoded Huffman string; decoders of one thread can share it. The shortest code has 5 of 8 bits. */
export const huffmanScratch = (maxBlockBytes: number): Buffer => Buffer.allocUnsafe(Math.ceil((maxBlockBytes * 8) / 5));

/**
 * HPACK for one direction of one connection (RFC 7541). Every block must pass through it, whatever becomes of its
 * stream, or the table is out of step. Throws ConnectionError: COMPRESSION_ERROR for what is not HPACK,
 * ENHANCE_YOUR_CALM for a list far above the limit.
 */
export class HpackDecoder {
  readonly table = new DynamicTable(DEFAULT_TABLE_BYTES);
  readonly #maxListBytes: number;
  readonly #scratch: Buffer;
  #tableLimit = DEFAULT_TABLE_BYTES;
  #mustShrink = false;
  #block: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  #listBytes = 0;
  /** Whether the last name or value that was read is well formed. */
  #wellFormed = true;

  constructor(maxListBytes: number, scratch: Buffer) {
    this.#maxListBytes = maxListBytes;
    this.#scratch = scratch;
  }

  /** See DynamicTable: as long as this stays the same, the same block decodes to the same fields. */
  get generation(): number {
    return this.table.generation;
  }

  /** What a size update may not exceed. Call it when the peer has acknowledged the setting (RFC 9113 section 4.3.1). */
  limitTable(bytes: number): void {
    this.#tableLimit = bytes;
    this.#mustShrink = bytes < this.table.maxBytes;
    // The next block must begin with an update: none that was decoded before can be that one again.
    if (this.#mustShrink) this.table.generation++;
  }

  /** Decodes the block `octets[start, end)`. */
  decode(octets: Buffer, start: number, end: number, sink: FieldSink): void {
    this.#block = octets;
    this.#at = start;
    this.#end = end;
    this.#listBytes = 0;
    this.#readSizeUpdates();
    while (this.#at < end) this.#readField(octets[this.#at] as number, sink);
    this.#block = EMPTY;
  }

  /** Only in front of the first field (RFC 7541 section 4.2). */
  #readSizeUpdates(): void {
    for (let updates = 0; this.#at < this.#end; updates++) {
      const first = this.#block[this.#at] as number;
      if (first >> 5 !== 0b001) break;
      const bytes = this.#readInteger(first & 0x1f, 0x1f);
      if (bytes > this.#tableLimit || updates === MAX_SIZE_UPDATES) throw broken('table size update out of bounds');
      this.table.resize(bytes);
      this.#mustShrink &&= bytes > this.#tableLimit;
    }
    if (this.#mustShrink) throw broken('the table was not shrunk to the acknowledged size');
  }

  #readField(first: number, sink: FieldSink): void {
    if (first >= 0x80) {
      const { name, value, kind, wellFormed, size } = this.#fieldAt(this.#readInteger(first & 0x7f, 0x7f));
      this.#emit(sink, size, kind, name, value, wellFormed);
    } else if (first >= 0x40) {
      this.#readLiteral(this.#readInteger(first & 0x3f, 0x3f), true, sink);
    } else if (first >= 0x20) {
      throw broken('a table size update after a field');
    } else {
      // Without indexing, or never indexed: the difference is for those who encode it again (RFC 7541 section 6.2.3).
      this.#readLiteral(this.#readInteger(first & 0x0f, 0x0f), false, sink);
    }
  }

  /** A literal field (RFC 7541 section 6.2); `nameIndex` 0 means that the name is literal too. */
  #readLiteral(nameIndex: number, indexed: boolean, sink: FieldSink): void {
    let name: string;
    let kind: FieldKind;
    let nameWellFormed = true;
    if (nameIndex === 0) {
      name = this.#readString(isFieldName);
      nameWellFormed = this.#wellFormed;
      kind = fieldKind(name);
    } else {
      ({ name, kind, nameWellFormed } = this.#fieldAt(nameIndex));
    }
    const value = this.#readString(isFieldValue);
    if (indexed) this.table.insert(new HeaderField(name, value, kind, nameWellFormed, this.#wellFormed));
    this.#emit(sink, fieldSize(name, value), kind, name, value, nameWellFormed && this.#wellFormed);
  }

  #emit(sink: FieldSink, size: number, kind: FieldKind, name: string, value: string, wellFormed: boolean): void {
    const before = this.#listBytes;
    this.#listBytes += size;
    if (this.#listBytes <= this.#maxListBytes) {
      sink.field(kind, name, value, wellFormed);
    } else {
      if (before <= this.#maxListBytes) sink.tooLarge();
      if (this.#listBytes > this.#maxListBytes * OVERSIZE_FACTOR) {
        throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'header list far above the limit');
      }
    }
  }

  #fieldAt(index: number): HeaderField {
    const field = index <= STATIC_TABLE_LENGTH ? STATIC_TABLE[index] : this.table.at(index - STATIC_TABLE_LENGTH - 1);
    if (field === undefined) throw broken('index out of the tables');
    return field;
  }

  /** RFC 7541 section 5.2. Sets `#wellFormed` to what `check` says of the decoded octets. */
  #readString(check: (octets: Uint8Array, start: number, end: number) => boolean): string {
    if (this.#at === this.#end) throw broken('the block ends within a field');
    const first = this.#block[this.#at] as number;
    const length = this.#readInteger(first & 0x7f, 0x7f);
    const start = this.#at;
    if (length > this.#end - start) throw broken('a string is longer than its block');
    this.#at += length;
    if (first < 0x80) {
      this.#wellFormed = check(this.#block, start, this.#at);
      return this.#block.toString('latin1', start, this.#at);
    }
    const decoded = decodeHuffman(this.#block, start, this.#at, this.#scratch);
    if (decoded < 0) throw broken('not a Huffman string');
    this.#wellFormed = check(this.#scratch, 0, decoded);
    return this.#scratch.toString('latin1', 0, decoded);
  }

  /** RFC 7541 section 5.1: `value` is the prefix of the octet at hand, `max` that prefix full of ones. */
  #readInteger(value: number, max: number): number {
    this.#at++;
    return value < max ? value : this.#readLongInteger(max);
  }

  #readLongInteger(max: number): number {
    let value = max;
    for (let octets = 0; octets < MAX_INTEGER_OCTETS; octets++) {
      if (this.#at === this.#end) throw broken('the block ends within an integer');
      const octet = this.#block[this.#at++] as number;
      value += (octet & 0x7f) << (7 * octets);
      if (octet < 0x80) return value;
    }
    throw broken('an integer is too long');
  }
}

const EMPTY = Buffer.alloc(0);

const broken = (message: string) => new ConnectionError(ErrorCode.COMPRESSION_ERROR, `HPACK: ${message}`);
