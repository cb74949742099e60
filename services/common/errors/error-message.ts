/**
 * The message of an error. If a host has several addresses, a failed connection is an AggregateError without a message: then
 * the messages of its errors, sorted, so that attempts that fail alike have the same message.
 */
export function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  const messages: string[] = error.errors.map((each: Error) => each.message);
  return [...new Set(messages)].sort().join('; ');
}
