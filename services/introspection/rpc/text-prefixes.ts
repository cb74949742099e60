import { viewOf } from '../authorization/field-writer.ts';

/** Longer texts are rare; their prefixes are encoded each time. */
const MAX_CACHED_LENGTH = 128;

/** What precedes a text in an encoded field: tags, lengths, names. It depends on the length of the text only. */
export class TextPrefixes {
  readonly #encode: (text: string) => Uint8Array;
  readonly #suffixBytes: number;
  readonly #cache: (DataView | undefined)[] = [];

  /** `encode`: encodes the field around a text, which is followed by `suffixBytes`. */
  constructor(encode: (text: string) => Uint8Array, suffixBytes: number) {
    this.#encode = encode;
    this.#suffixBytes = suffixBytes;
  }

  /** `length`: the bytes of the text. */
  of(length: number): DataView {
    if (length > MAX_CACHED_LENGTH) return this.#prefix(length);
    this.#cache[length] ??= this.#prefix(length);
    return this.#cache[length];
  }

  #prefix(length: number): DataView {
    const field = this.#encode('x'.repeat(length));
    return viewOf(field.subarray(0, field.length - this.#suffixBytes - length));
  }
}
