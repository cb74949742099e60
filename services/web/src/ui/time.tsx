import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
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
const dateTime = new Intl.DateTimeFormat(text.language, { dateStyle: 'medium', timeStyle: 'short' });
const dateTimeWithSeconds = new Intl.DateTimeFormat(text.language, { dateStyle: 'medium', timeStyle: 'medium' });
const timeOfDay = new Intl.DateTimeFormat(text.language, { timeStyle: 'medium' });

/** A time relative to now, such as "2 hours ago", or a date if it is more than 7 days away. Its tooltip has the date and time. */
export function RelativeTime({ at }: { readonly at: Timestamp }) {
  const date = timestampDate(at);
  return (
    <time dateTime={date.toISOString()} title={dateTime.format(date)}>
      {relativeText(date)}
    </time>
  );
}

/** A date and time. For deadlines, since "until in an hour" would read badly. */
export function DateTime({ at }: { readonly at: Timestamp }) {
  const date = timestampDate(at);
  return <time dateTime={date.toISOString()}>{dateTime.format(date)}</time>;
}

/** A date and time with seconds, for logs. */
export function PreciseDateTime({ at }: { readonly at: Timestamp }) {
  const date = timestampDate(at);
  return <time dateTime={date.toISOString()}>{dateTimeWithSeconds.format(date)}</time>;
}

/** The time of day with seconds. `at` is in ms since the epoch. */
export function TimeOfDay({ at }: { readonly at: number }) {
  const date = new Date(at);
  return <time dateTime={date.toISOString()}>{timeOfDay.format(date)}</time>;
}

function relativeText(date: Date): string {
  const distanceMs = date.getTime() - Date.now();
  if (Math.abs(distanceMs) < MINUTE_MS) return text.times.now;
  if (Math.abs(distanceMs) > RELATIVE_UNTIL_MS) return day.format(date);
  const [unit, lengthMs] = UNITS.find(([, length]) => Math.abs(distanceMs) >= length) ?? ['minute', MINUTE_MS];
  return relative.format(Math.round(distanceMs / lengthMs), unit);
}
