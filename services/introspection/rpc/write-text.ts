const WORD_BYTES = 4;
const ZERO = 0x30;
/** Up to this value integer division is faster. */
const MAX_INT32 = 0x7fff_ffff;

/** The number of decimal digits of a safe integer that is not negative. */
export function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}

/** Writes the decimal digits of a safe integer that is not negative, so that the last one is before `end`. */
export function writeDigits(value: number, view: DataView, end: number): void {
  let at = end;
  let rest = value;
  while (rest > MAX_INT32) {
    const quotient = Math.floor(rest / 10);
    view.setUint8(--at, ZERO + (rest - quotient * 10));
    rest = quotient;
  }
  let small = rest | 0;
  do {
    const quotient = (small / 10) | 0;
    view.setUint8(--at, ZERO + (small - quotient * 10));
    small = quotient;
  } while (small > 0);
}

/** Copies `from[start, end)` by words, because native functions and single bytes take longer for short texts. */
export function copyText(from: DataView, start: number, end: number, target: DataView, targetStart: number): void {
  let to = targetStart;
  let at = start;
  for (; at + WORD_BYTES <= end; at += WORD_BYTES, to += WORD_BYTES) target.setInt32(to, from.getInt32(at));
  for (; at < end; at++, to++) target.setUint8(to, from.getUint8(at));
}
