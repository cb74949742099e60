const SLAB_BYTES = 64 * 1024;

/**
 * The write buffer of a server. Its connections fill it one after the other, so that each writes once a turn. Bytes that
 * were taken belong to the duplex that writes them, and are never overwritten. They keep the whole slab in memory, so a
 * duplex with unsent data gets a copy.
 */
export class Output {
  buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #end = 0;

  /** Bytes since the last `take`. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Reserves `bytes` and returns their offset in `buffer`, which this call may replace. */
  reserve(bytes: number): number {
    if (this.#end + bytes > this.buffer.length) this.#allocateSlab(bytes);
    const at = this.#end;
    this.#end += bytes;
    return at;
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** Discards what was not taken, so that it is not sent on another connection. */
  discard(): void {
    this.#end = this.#start;
  }

  /** `mustCopy`: the duplex still holds bytes that were taken before. */
  take(mustCopy: boolean): Buffer {
    const taken = this.buffer.subarray(this.#start, this.#end);
    if (mustCopy) {
      this.discard();
      return copyOf(taken);
    }
    this.#start = this.#end;
    return taken;
  }

  #allocateSlab(bytes: number): void {
    const unsent = this.buffer.subarray(this.#start, this.#end);
    this.buffer = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (unsent.length + bytes)));
    this.buffer.set(unsent);
    this.#start = 0;
    this.#end = unsent.length;
  }
}

/** Does not allocate in Node's pool, because the copy would keep a slab of the pool in memory. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
