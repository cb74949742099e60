import { randomBytes } from 'node:crypto';

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The largest multiple of 62 in a byte. Bytes from here on are discarded, so that all characters are equally likely. */
const UNBIASED_LIMIT = 248;

/** `length` random base62 characters, 5.95 bits each. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 8)) {
      if (byte < UNBIASED_LIMIT && text.length < length) text += BASE62[byte % 62];
    }
  }
  return text;
}

/** The last `length` base62 digits of a hash. For 32 digits of 32 bytes the bias is below 2^-65. */
export function hashToBase62(digest: Buffer, length: number): string {
  let rest = BigInt(`0x${digest.toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < length; digit++) {
    text = BASE62[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}

/** `value` in exactly `length` base62 digits; higher digits are dropped. */
export function toBase62(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let digit = 0; digit < length; digit++) {
    text = BASE62[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Parses `text[start, end)`, which must be base62. */
export function fromBase62(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 62 + (DIGITS[text.charCodeAt(at)] as number);
  return value;
}

/** Whether `text` from `start` on is base62. */
export function isBase62(text: string, start: number): boolean {
  for (let at = start; at < text.length; at++) if ((DIGITS[text.charCodeAt(at)] ?? NO_DIGIT) === NO_DIGIT) return false;
  return true;
}

const NO_DIGIT = -1;
/** The value of each digit, by ASCII code. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => BASE62.indexOf(String.fromCharCode(code)));
