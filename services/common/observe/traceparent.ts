import type { SpanContext } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** The last digit of the flags; the sampled flag is its lowest bit (W3C Trace Context, section 3.2.2.5). */
const LAST_FLAGS_DIGIT_AT = '00-'.length + 32 + '-'.length + 16 + '-'.length + 1;
const SAMPLED_DIGITS = '13579bdf';

/** The caller's span; undefined unless its trace is sampled. Most headers lack the flag, and are not parsed. */
export function sampledParent(traceparent: string): SpanContext | undefined {
  const digit = traceparent.charAt(LAST_FLAGS_DIGIT_AT);
  if (digit === '' || !SAMPLED_DIGITS.includes(digit)) return undefined;
  const parent = parseTraceParent(traceparent);
  return parent === null ? undefined : { ...parent, isRemote: true };
}

/** The trace id of a W3C traceparent; undefined for anything else. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent === undefined ? undefined : parseTraceParent(traceparent)?.traceId;
