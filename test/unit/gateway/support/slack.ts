/** By how much a time limit may be exceeded on a busy machine. A call that hangs takes far longer. */
export const SLACK_MS = 10_000;
