/** Tolerance of time limits on a busy machine; far less than a call that hangs. */
export const SLACK_MS = 10_000;
