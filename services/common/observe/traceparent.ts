/** The span of a caller, in another process. */
export interface CallerSpan {
  readonly traceId: string;
  readonly spanId: string;
}

const TRACE_ID_AT = '00-'.length;
const SPAN_ID_AT = TRACE_ID_AT + 32 + '-'.length;
const FLAGS_AT = SPAN_ID_AT + 16 + '-'.length;
const LENGTH = FLAGS_AT + 2;
const SAMPLED_DIGITS = '13579bdf';
const [NO_TRACE_ID, NO_SPAN_ID] = ['0'.repeat(32), '0'.repeat(16)];

/** The caller's span; undefined unless its trace is sampled: the lowest bit of the flags (W3C Trace Context, section 3.2.2.5). */
export function sampledParent(traceparent: string): CallerSpan | undefined {
  const digit = traceparent.charAt(LENGTH - 1);
  // Most headers lack the flag, and are not checked further.
  if (digit === '' || !SAMPLED_DIGITS.includes(digit) || !isValid(traceparent)) return undefined;
  return { traceId: traceIdIn(traceparent), spanId: traceparent.slice(SPAN_ID_AT, FLAGS_AT - 1) };
}

/** The trace id of a W3C traceparent; undefined for anything else. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  traceparent !== undefined && isValid(traceparent) ? traceIdIn(traceparent) : undefined;

const traceIdIn = (traceparent: string): string => traceparent.slice(TRACE_ID_AT, SPAN_ID_AT - 1);

/** Section 3.2: version, trace id, span id and flags in lower-case hex. Versions after 00 may append further fields. */
function isValid(text: string): boolean {
  if (text.length !== LENGTH && (text.startsWith('00') || text.charAt(LENGTH) !== '-')) return false;
  for (let at = 0; at < LENGTH; at++) {
    const isSeparator = at === TRACE_ID_AT - 1 || at === SPAN_ID_AT - 1 || at === FLAGS_AT - 1;
    if (isSeparator ? text.charAt(at) !== '-' : !isHexDigit(text.charCodeAt(at))) return false;
  }
  return (
    !text.startsWith('ff') && !text.startsWith(NO_TRACE_ID, TRACE_ID_AT) && !text.startsWith(NO_SPAN_ID, SPAN_ID_AT)
  );
}

const isHexDigit = (code: number): boolean => (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
