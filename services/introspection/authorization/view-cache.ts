/** The last DataView over a whole ArrayBuffer, which many messages share: creating one for each costs more than reading it. */
export class ViewCache {
  #buffer: ArrayBufferLike = new ArrayBuffer(0);
  #view = new DataView(this.#buffer);

  /** Of the buffer behind `bytes`, which start at `bytes.byteOffset`. */
  of(bytes: Uint8Array): DataView {
    const { buffer } = bytes;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = new DataView(buffer);
    }
    return this.#view;
  }
}
