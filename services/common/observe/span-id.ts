import { randomInt } from 'node:crypto';

/** The first 32 bits of the span ids of this process. Not zero, because an id must not be (W3C Trace Context, section 3.2.2.4). */
const PROCESS = randomInt(1, 2 ** 32);
let last = randomInt(2 ** 31);

/**
 * The last 32 bits of the id of a span of this process. Counted, which costs less than random digits; unique
 * within a process, and in a trace unless two of its processes drew the same first half.
 */
export type SpanNumber = number;

export function newSpanNumber(): SpanNumber {
  last = (last + 1) | 0;
  return last;
}

export function writeSpanId(number: SpanNumber, view: DataView, at: number): void {
  view.setUint32(at, PROCESS);
  view.setInt32(at + 4, number);
}

/** 16 hex digits. */
export const spanIdText = (number: SpanNumber): string => hex(PROCESS) + hex(number >>> 0);

const hex = (word: number): string => word.toString(16).padStart(8, '0');
