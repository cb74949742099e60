import { ConnectionError, ErrorCode } from '../error-code.ts';
import { type FieldKind, fieldKind, fieldSize, HeaderField, isFieldName, isFieldValue } from '../header-field.ts';
import { DynamicTable } from './dynamic-table.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE, STATIC_TABLE_LENGTH } from './static-table.ts';

/** The initial size of the dynamic table (RFC 9113 section 6.5.2). */
const DEFAULT_TABLE_BYTES = 4_096;

/** At the start of a block: the smallest size and the final one (RFC 7541 section 4.2). */
const MAX_SIZE_UPDATES = 2;

/** A list that exceeds its limit by this factor closes the connection: limits the work that a small block can cause. */
const OVERSIZE_FACTOR = 4;

/** Maximum bytes of an integer after its prefix. No valid length, index or table size needs more. */
const MAX_INTEGER_BYTES = 4;

/** Receives the fields of a block in order. */
export interface FieldHandler {
  /** `wellFormed` is false for a name or a value that RFC 9113 section 8.2.1 forbids. */
  onField(kind: FieldKind, name: string, value: string, wellFormed: boolean): void;
  /** Called once if the list exceeds its limit; no further field follows. */
  onTooLarge(): void;
}

/** A buffer for one decoded Huffman string, which all decoders of a thread can share. The shortest code has 5 bits. */
export const huffmanScratch = (maxBlockBytes: number): Buffer => Buffer.allocUnsafe(Math.ceil((maxBlockBytes * 8) / 5));

/**
 * Decodes the field blocks of one connection (RFC 7541). Every block that may change the dynamic table must be decoded, even
 * if its stream is rejected. Throws ConnectionError: COMPRESSION_ERROR for invalid HPACK, ENHANCE_YOUR_CALM for a list far
 * above the limit.
 */
export class HpackDecoder {
  readonly table = new DynamicTable(DEFAULT_TABLE_BYTES);
  readonly #maxListBytes: number;
  readonly #scratch: Buffer;
  #maxTableBytes = DEFAULT_TABLE_BYTES;
  #mustShrink = false;
  #block: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  #listBytes = 0;
  /** Whether the last string that was read is well formed. */
  #wellFormed = true;

  constructor(maxListBytes: number, scratch: Buffer) {
    this.#maxListBytes = maxListBytes;
    this.#scratch = scratch;
  }

  /** See DynamicTable. */
  get generation(): number {
    return this.table.generation;
  }

  /** Limits size updates. Call when the peer has acknowledged the setting (RFC 9113 section 4.3.1). */
  setMaxTableBytes(bytes: number): void {
    this.#maxTableBytes = bytes;
    this.#mustShrink = bytes < this.table.maxBytes;
    // The next block must start with a size update, so a cached block is no longer valid.
    if (this.#mustShrink) this.table.generation++;
  }

  /** Decodes the block `bytes[start, end)`. */
  decode(bytes: Buffer, start: number, end: number, handler: FieldHandler): void {
    this.#block = bytes;
    this.#at = start;
    this.#end = end;
    this.#listBytes = 0;
    this.#readSizeUpdates();
    while (this.#at < end) this.#readField(bytes[this.#at] as number, handler);
    this.#block = EMPTY;
  }

  /** Reads size updates, which may only precede the first field (RFC 7541 section 4.2). */
  #readSizeUpdates(): void {
    for (let updates = 0; this.#at < this.#end; updates++) {
      const first = this.#block[this.#at] as number;
      if (first >> 5 !== 0b001) break;
      const bytes = this.#readInteger(first & 0x1f, 0x1f);
      if (bytes > this.#maxTableBytes) throw compressionError('table size update above the limit');
      if (updates === MAX_SIZE_UPDATES) throw compressionError('too many table size updates in one block');
      this.table.resize(bytes);
      this.#mustShrink = false;
    }
    if (this.#mustShrink) throw compressionError('the table was not shrunk to the acknowledged size');
  }

  #readField(first: number, handler: FieldHandler): void {
    if (first >= 0x80) {
      const { name, value, kind, wellFormed, size } = this.#fieldAt(this.#readInteger(first & 0x7f, 0x7f));
      this.#emit(handler, size, kind, name, value, wellFormed);
    } else if (first >= 0x40) {
      this.#readLiteral(this.#readInteger(first & 0x3f, 0x3f), true, handler);
    } else if (first >= 0x20) {
      throw compressionError('table size update after a field');
    } else {
      // A literal without indexing, or never indexed; only intermediaries treat them differently (RFC 7541 section 6.2.3).
      this.#readLiteral(this.#readInteger(first & 0x0f, 0x0f), false, handler);
    }
  }

  /** A literal field (RFC 7541 section 6.2); `nameIndex` 0 means that the name is literal too. */
  #readLiteral(nameIndex: number, indexed: boolean, handler: FieldHandler): void {
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
    this.#emit(handler, fieldSize(name, value), kind, name, value, nameWellFormed && this.#wellFormed);
  }

  #emit(handler: FieldHandler, size: number, kind: FieldKind, name: string, value: string, wellFormed: boolean): void {
    const before = this.#listBytes;
    this.#listBytes += size;
    if (this.#listBytes <= this.#maxListBytes) {
      handler.onField(kind, name, value, wellFormed);
    } else {
      if (before <= this.#maxListBytes) handler.onTooLarge();
      if (this.#listBytes > this.#maxListBytes * OVERSIZE_FACTOR) {
        throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'header list far above the limit');
      }
    }
  }

  #fieldAt(index: number): HeaderField {
    const field = index <= STATIC_TABLE_LENGTH ? STATIC_TABLE[index] : this.table.at(index - STATIC_TABLE_LENGTH - 1);
    if (field === undefined) throw compressionError('index out of range');
    return field;
  }

  /** RFC 7541 section 5.2. Sets `#wellFormed` to the result of `check` on the decoded string. */
  #readString(check: (bytes: Uint8Array, start: number, end: number) => boolean): string {
    if (this.#at === this.#end) throw compressionError('the block ends within a field');
    const first = this.#block[this.#at] as number;
    const length = this.#readInteger(first & 0x7f, 0x7f);
    const start = this.#at;
    if (length > this.#end - start) throw compressionError('a string is longer than its block');
    this.#at += length;
    if (first < 0x80) {
      this.#wellFormed = check(this.#block, start, this.#at);
      return this.#block.toString('latin1', start, this.#at);
    }
    const decoded = decodeHuffman(this.#block, start, this.#at, this.#scratch);
    if (decoded < 0) throw compressionError('invalid Huffman string');
    this.#wellFormed = check(this.#scratch, 0, decoded);
    return this.#scratch.toString('latin1', 0, decoded);
  }

  /** RFC 7541 section 5.1. `value`: the prefix of the current byte; `max`: the prefix with all bits set. */
  #readInteger(value: number, max: number): number {
    this.#at++;
    return value < max ? value : this.#readLongInteger(max);
  }

  #readLongInteger(max: number): number {
    let value = max;
    for (let index = 0; index < MAX_INTEGER_BYTES; index++) {
      if (this.#at === this.#end) throw compressionError('the block ends within an integer');
      const byte = this.#block[this.#at++] as number;
      value += (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value;
    }
    throw compressionError('an integer is too long');
  }
}

const EMPTY = Buffer.alloc(0);

const compressionError = (message: string) => new ConnectionError(ErrorCode.COMPRESSION_ERROR, `HPACK: ${message}`);
