import type { HeaderField } from '../header-field.ts';

/** The dynamic table of a decoder as a ring buffer (RFC 7541 sections 2.3.2 and 4). */
export class DynamicTable {
  /** Changes whenever the table does; the same block decodes to the same fields within one generation. */
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

  /** The field at `index`, 0 being the newest; undefined if there is none. */
  at(index: number): HeaderField | undefined {
    if (index >= this.#length) return undefined;
    return this.#ring[(this.#newest - index) & (this.#ring.length - 1)];
  }

  /** Evicts until the field fits. A field larger than the table empties it, which is not an error (RFC 7541 section 4.4). */
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

  /** A dynamic table size update (RFC 7541 section 6.3). */
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

  /** Capacities are powers of two, so that a mask wraps an index. */
  #grow(): void {
    const fields: HeaderField[] = [];
    for (let index = this.#length - 1; index >= 0; index--) fields.push(this.at(index) as HeaderField);
    const capacity = Math.max(8, this.#ring.length * 2);
    this.#ring = [...fields, ...new Array<undefined>(capacity - fields.length)];
    this.#newest = (this.#length - 1) & (capacity - 1);
  }
}
