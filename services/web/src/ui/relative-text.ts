import { text } from '../text.ts';

const MINUTE_MS = 60_000;
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', MINUTE_MS],
] as const;
const RELATIVE_UNTIL_MS = 7 * 86_400_000;

const relative = new Intl.RelativeTimeFormat(text.language, { numeric: 'auto' });
const day = new Intl.DateTimeFormat(text.language, { dateStyle: 'medium' });

/** A time relative to now in whole units, such as "59 minutes ago" up to an hour, or a date if it is more than 7 days away. */
export function relativeText(date: Date): string {
  const distanceMs = date.getTime() - Date.now();
  if (Math.abs(distanceMs) < MINUTE_MS) return text.times.now;
  if (Math.abs(distanceMs) > RELATIVE_UNTIL_MS) return day.format(date);
  const [unit, lengthMs] = UNITS.find(([, length]) => Math.abs(distanceMs) >= length) ?? ['minute', MINUTE_MS];
  return relative.format(Math.trunc(distanceMs / lengthMs), unit);
}
