import { ConnectionError, ErrorCode } from '../error-code.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Matches the client's connection preface (RFC 9113 section 3.4), which may arrive in several chunks. */
export class Preface {
  #matched = 0;

  get isComplete(): boolean {
    return this.#matched === PREFACE.length;
  }

  /** Returns how many bytes of the chunk belong to the preface. Throws PROTOCOL_ERROR at the first wrong one. */
  read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.#matched < PREFACE.length) {
      if (chunk[at++] !== PREFACE[this.#matched++]) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'not an HTTP/2 client preface');
      }
    }
    return at;
  }
}
