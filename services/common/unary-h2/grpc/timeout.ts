/** TimeoutUnit in ms (PROTOCOL-HTTP2.md, "Requests"). */
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);

const MAX_DIGITS = 8;

/** Parses a `grpc-timeout` into ms, with fractions; undefined unless it is 1 to 8 digits and a unit. */
export function parseTimeout(value: string): number | undefined {
  const digits = value.length - 1;
  if (digits < 1 || digits > MAX_DIGITS) return undefined;
  const unitMs = UNITS_MS.get(value.charAt(digits));
  if (unitMs === undefined) return undefined;
  let number = 0;
  for (let at = 0; at < digits; at++) {
    const digit = value.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number * unitMs;
}
