const SLAB_BYTES = 64 * 1024;

/**
 * Where the connections of a server put together what they write, one after the other, so that each turn is one `write`
 * for each connection. A slab is used from its beginning to its end and never again: the octets that were taken belong
 * to the stream that writes them, for as long as it likes. They hold their whole slab as long, so a stream that is behind
 * gets a copy: what a slow peer leaves lying must cost no more than it is.
 */
export class Output {
  octets = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #at = 0;

  /** Octets since the last `take`. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** Makes room for `bytes` more and returns where they go in `octets`, which may be another buffer after this call. */
  reserve(bytes: number): number {
    if (this.#at + bytes > this.octets.length) this.#renew(bytes);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  append(octets: Uint8Array): void {
    const at = this.reserve(octets.length);
    this.octets.set(octets, at);
  }

  /** Forgets what was not taken: octets of one connection must never be another one's. */
  discard(): void {
    this.#at = this.#start;
  }

  /** `isBehind`: the stream still has octets that were taken before. */
  take(isBehind: boolean): Buffer {
    const taken = this.octets.subarray(this.#start, this.#at);
    if (isBehind) {
      this.discard();
      return copyOf(taken);
    }
    this.#start = this.#at;
    return taken;
  }

  #renew(bytes: number): void {
    const begun = this.octets.subarray(this.#start, this.#at);
    this.octets = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (begun.length + bytes)));
    this.octets.set(begun);
    this.#start = 0;
    this.#at = begun.length;
  }
}

/** Not from Node's pool, which is a slab itself. */
function copyOf(octets: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  octets.copy(copy);
  return copy;
}
