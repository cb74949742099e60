const ENTRIES = 4;
/** Longer blocks are rare and expensive to compare. */
const MAX_BLOCK_BYTES = 1_024;

interface Entry<Decoded> {
  readonly block: Buffer;
  readonly generation: number;
  readonly decoded: Decoded;
}

/**
 * The last field blocks of a connection and what they were decoded to. A block decodes to the same fields only while the
 * dynamic table does not change, so entries are valid for one generation of the table, and a block that changes it must
 * not be cached. Not shared between connections: timing would reveal what another peer has sent.
 */
export class FieldBlockCache<Decoded> {
  readonly #entries: Entry<Decoded>[] = [];
  #next = 0;

  get(bytes: Buffer, start: number, end: number, generation: number): Decoded | undefined {
    for (const entry of this.#entries) {
      if (entry.generation === generation && equals(entry.block, bytes, start, end)) return entry.decoded;
    }
    return undefined;
  }

  set(bytes: Buffer, start: number, end: number, generation: number, decoded: Decoded): void {
    if (end - start > MAX_BLOCK_BYTES) return;
    const block = Buffer.from(bytes.subarray(start, end));
    this.#entries[this.#next] = { block, generation, decoded };
    this.#next = (this.#next + 1) % ENTRIES;
  }
}

function equals(block: Buffer, bytes: Buffer, start: number, end: number): boolean {
  const { length } = block;
  if (length !== end - start) return false;
  for (let at = 0; at < length; at++) {
    if (block[at] !== bytes[start + at]) return false;
  }
  return true;
}
