/**
 * The receive window of a stream or connection. It is replenished when half of it is used, so that WINDOW_UPDATE frames
 * are few and not tiny (RFC 9113 section 6.9.1), and also while requests are incomplete, so that they cannot block each other.
 * `maxBufferedBytes` limits their memory.
 */
export class ReceiveWindow {
  readonly #bytes: number;
  #used = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Counts a payload with its padding. Returns false if the peer has exceeded the window. */
  consume(bytes: number): boolean {
    this.#used += bytes;
    return this.#used <= this.#bytes;
  }

  /** Whether a WINDOW_UPDATE should be sent. */
  get needsUpdate(): boolean {
    return this.#used * 2 >= this.#bytes;
  }

  /** Returns the increment of the WINDOW_UPDATE to send. */
  replenish(): number {
    const used = this.#used;
    this.#used = 0;
    return used;
  }
}
