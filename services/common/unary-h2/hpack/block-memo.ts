const ENTRIES = 4;
/** Longer blocks are rare, and comparing them is no longer cheap. */
const MAX_BLOCK_BYTES = 1_024;

interface Entry<Decoded> {
  readonly block: Buffer;
  readonly generation: number;
  readonly decoded: Decoded;
}

/**
 * The last field blocks of a connection, with what they were decoded to. A block's meaning depends on the dynamic table:
 * the same octets mean the same fields only as long as the table has not changed at all. So an entry is bound to the
 * table's generation, and a block that itself changes the table is never kept. One memo for each connection: what one
 * peer sends cannot be told from the time that it takes another one's requests.
 */
export class BlockMemo<Decoded> {
  readonly #entries: Entry<Decoded>[] = [];
  #next = 0;

  find(octets: Buffer, start: number, end: number, generation: number): Decoded | undefined {
    for (const entry of this.#entries) {
      if (entry.generation === generation && isSame(entry.block, octets, start, end)) return entry.decoded;
    }
    return undefined;
  }

  keep(octets: Buffer, start: number, end: number, generation: number, decoded: Decoded): void {
    if (end - start > MAX_BLOCK_BYTES) return;
    const block = Buffer.from(octets.subarray(start, end));
    this.#entries[this.#next] = { block, generation, decoded };
    this.#next = (this.#next + 1) % ENTRIES;
  }
}

function isSame(block: Buffer, octets: Buffer, start: number, end: number): boolean {
  const { length } = block;
  if (length !== end - start) return false;
  for (let at = 0; at < length; at++) {
    if (block[at] !== octets[start + at]) return false;
  }
  return true;
}
