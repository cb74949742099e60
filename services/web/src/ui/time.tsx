import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { text } from '../text.ts';
import { relativeText } from './relative-text.ts';

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
