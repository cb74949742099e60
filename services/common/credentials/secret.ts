import { inspect } from 'node:util';

/**
 * A plain-text credential that cannot be logged by accident: every conversion to text gives `[secret]`, except `reveal()`,
 * which is easy to find in a review.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The plain text. Call this only to send, hash or check the credential. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
