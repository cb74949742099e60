import type { HeaderField } from '../header-field.ts';

/** What the peer's encoder has stored, newest first (RFC 7541 sections 2.3.2 and 4). A ring of fields. */
export class DynamicTable {
  /** Changes whenever the table does: what was decoded under one generation holds for just as long. */
  generation = 0;
  #ring: (HeaderField | undefined)[] = [];
  #newest = 0;
  #length = 0;
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** The field at `index`, 0 being the newest; undefined past the oldest. */
  at(index: number): HeaderField | undefined {
    if (index >= this.#length) return undefined;
    return this.#ring[(this.#newest - index) & (this.#ring.length - 1)];
  }

  /** Evicts until the field fits; one that is larger than the whole table empties it, which is no error. */
  insert(field: HeaderField): void {
    this.generation++;
    this.#evictUntil(this.#maxBytes - field.size);
    if (field.size > this.#maxBytes) return;
    if (this.#length === this.#ring.length) this.#grow();
    this.#newest = (this.#newest + 1) & (this.#ring.length - 1);
    this.#ring[this.#newest] = field;
    this.#length++;
    this.#bytes += field.size;
  }

  /** A size update of the encoder (RFC 7541 section 6.3). */
  resize(maxBytes: number): void {
    if (maxBytes === this.#maxBytes) return;
    this.generation++;
    this.#maxBytes = maxBytes;
    this.#evictUntil(maxBytes);
  }

  #evictUntil(bytes: number): void {
    while (this.#length > 0 && this.#bytes > bytes) {
      const oldest = (this.#newest - --this.#length) & (this.#ring.length - 1);
      this.#bytes -= (this.#ring[oldest] as HeaderField).size;
      this.#ring[oldest] = undefined;
    }
  }

  /** Lengths are powers of two, so that a mask wraps an index. */
  #grow(): void {
    const fields: HeaderField[] = [];
    for (let index = this.#length - 1; index >= 0; index--) fields.push(this.at(index) as HeaderField);
    const capacity = Math.max(8, this.#ring.length * 2);
    this.#ring = [...fields, ...new Array<undefined>(capacity - fields.length)];
    this.#newest = (this.#length - 1) & (capacity - 1);
  }
}
