import { inspect } from 'node:util';

/**
 * A plain-text credential that cannot be logged by accident: every way of turning it into text gives `[secret]`, and
 * only `reveal()`, easy to find in a review, gives the text. Its lifetime is one response.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The plain text. Call it where the credential leaves the process or is compared, nowhere else. */
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
