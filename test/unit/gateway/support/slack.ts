/** What a bound may be exceeded by on a machine that is busy with other things; far below waiting for ever. */
export const SLACK_MS = 10_000;
