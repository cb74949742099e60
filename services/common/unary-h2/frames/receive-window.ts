/**
 * What the peer may send us, on a stream or on the connection. It is given back when half of it is used, so that there
 * are few WINDOW_UPDATE frames and no tiny ones (RFC 9113 section 6.9.1). What has to be kept of a request is bounded
 * elsewhere (`maxBufferedBytes`), so that unfinished requests can never block each other for want of a window.
 */
export class ReceiveWindow {
  readonly #bytes: number;
  #used = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Accounts for a payload, padding included. False: the peer has sent more than it may. */
  take(bytes: number): boolean {
    this.#used += bytes;
    return this.#used <= this.#bytes;
  }

  /** Whether an increment is worth a frame. */
  get isDue(): boolean {
    return this.#used * 2 >= this.#bytes;
  }

  /** The increment, which is to be sent now. */
  giveBack(): number {
    const used = this.#used;
    this.#used = 0;
    return used;
  }
}
