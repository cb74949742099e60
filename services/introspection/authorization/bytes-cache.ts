/** Caches values by sequences of bytes, which it looks up without creating strings. */
export class BytesCache<Value> {
  readonly #maxEntries: number;
  readonly #create: (bytes: Buffer) => Value;
  readonly #entries = new Map<number, { readonly key: DataView; readonly value: Value }>();

  /** `create`: returns the value for the bytes. A full cache is cleared before the next entry. */
  constructor(maxEntries: number, create: (bytes: Buffer) => Value) {
    this.#maxEntries = maxEntries;
    this.#create = create;
  }

  /** The value for `view[start, end)`. */
  get(view: DataView, start: number, end: number): Value {
    const hash = hashOf(view, start, end);
    const entry = this.#entries.get(hash);
    if (entry !== undefined && isEqual(entry.key, view, start, end)) return entry.value;
    const bytes = Buffer.from(view.buffer.slice(view.byteOffset + start, view.byteOffset + end));
    const value = this.#create(bytes);
    if (this.#entries.size >= this.#maxEntries) this.#entries.clear();
    this.#entries.set(hash, { key: new DataView(bytes.buffer), value });
    return value;
  }
}

const WORD_BYTES = 4;

/** Like FNV-1a, but of words instead of bytes, and with a shift after each multiplication. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + WORD_BYTES <= end; at += WORD_BYTES) hash = mixed(hash, view.getInt32(at));
  for (; at < end; at++) hash = mixed(hash, view.getUint8(at));
  return hash;
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x01000193);
  return product ^ (product >>> 15);
}

function isEqual(key: DataView, view: DataView, start: number, end: number): boolean {
  if (key.byteLength !== end - start) return false;
  let at = start;
  for (; at + WORD_BYTES <= end; at += WORD_BYTES) {
    if (key.getInt32(at - start) !== view.getInt32(at)) return false;
  }
  for (; at < end; at++) if (key.getUint8(at - start) !== view.getUint8(at)) return false;
  return true;
}
