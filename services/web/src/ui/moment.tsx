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
const exact = new Intl.DateTimeFormat(text.language, { dateStyle: 'medium', timeStyle: 'short' });
const toTheSecond = new Intl.DateTimeFormat(text.language, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(text.language, { timeStyle: 'medium' });

/** A point in time as people say it; the exact one is its title. */
export function Moment({ at }: { readonly at: Timestamp }) {
  const date = timestampDate(at);
  return (
    <time dateTime={date.toISOString()} title={exact.format(date)}>
      {inWords(date)}
    </time>
  );
}

/** A point in time that something ends at: exact, since "until in an hour" is no language. */
export function Deadline({ at }: { readonly at: Timestamp }) {
  const date = timestampDate(at);
  return <time dateTime={date.toISOString()}>{exact.format(date)}</time>;
}

/** A point in time to the second: for a log, which is compared with another one. */
export function Exact({ at }: { readonly at: Timestamp }) {
  const date = timestampDate(at);
  return <time dateTime={date.toISOString()}>{toTheSecond.format(date)}</time>;
}

/** The time of day, to the second. */
export function Clock({ at }: { readonly at: number }) {
  const date = new Date(at);
  return <time dateTime={date.toISOString()}>{clock.format(date)}</time>;
}

function inWords(date: Date): string {
  const distanceMs = date.getTime() - Date.now();
  if (Math.abs(distanceMs) < MINUTE_MS) return text.moments.now;
  if (Math.abs(distanceMs) > RELATIVE_UNTIL_MS) return day.format(date);
  const [unit, lengthMs] = UNITS.find(([, length]) => Math.abs(distanceMs) >= length) ?? ['minute', MINUTE_MS];
  return relative.format(Math.round(distanceMs / lengthMs), unit);
}
