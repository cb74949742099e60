/** Caches the DataView of an ArrayBuffer that many messages share: creating one for each costs more than reading the message. */
export class ViewCache {
  #buffer: ArrayBufferLike = new ArrayBuffer(0);
  #view = new DataView(this.#buffer);

  /** The view of the whole buffer behind `bytes`; they start at `bytes.byteOffset`. */
  of(bytes: Uint8Array): DataView {
    const { buffer } = bytes;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = new DataView(buffer);
    }
    return this.#view;
  }
}
