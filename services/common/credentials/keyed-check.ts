import { hash } from 'node:crypto';
import { fromBase62 } from './base62.ts';
import { CHECK_LENGTH } from './kinds.ts';

/** Hex digits of a key, which fill one SHA-256 block of 64 bytes. */
const KEY_LENGTH = 64;
/** Number of possible checks. */
const MODULUS = 62 ** CHECK_LENGTH;

/**
 * The check of credentials of one length under one key: SHA-256 over key and text, reduced to 6 base62 digits. HMAC is not needed:
 * the lengths are fixed and most of the digest is dropped, so length extension is impossible. Malformed tokens are rejected
 * without a lookup; a guess that passes (1 in 57 billion) is still an unknown token.
 */
export class KeyedCheck {
  /** Key and text. Reused, because every request needs a check. */
  readonly #message: Buffer;
  readonly #textLength: number;

  constructor(key: string, textLength: number) {
    this.#message = Buffer.alloc(KEY_LENGTH + textLength);
    this.#message.write(key, 'latin1');
    this.#textLength = textLength;
  }

  /** The check of the beginning of `text`, below 62^6. */
  of(text: string): number {
    this.#message.write(text, KEY_LENGTH, this.#textLength, 'latin1');
    const digest = hash('sha256', this.#message, 'latin1');
    let value = 0;
    // 6 bytes: a larger number would not be exact.
    for (let at = 0; at < 6; at++) value = value * 0x100 + digest.charCodeAt(at);
    return value % MODULUS;
  }

  /** Whether `text` ends in its check. */
  holds(text: string): boolean {
    return fromBase62(text, this.#textLength, this.#textLength + CHECK_LENGTH) === this.of(text);
  }
}
