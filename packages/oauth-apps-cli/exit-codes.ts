/** The exit codes of the process; documented in README.md. */
export const ExitCode = {
  Ok: 0,
  Failed: 1,
  Usage: 2,
  NotAllowed: 3,
  Refused: 4,
  Unavailable: 5,
  Declined: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An error for the user: what is wrong and what to do about it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit code for the status of an HTTP response that is not a success. */
export function exitCodeOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return ExitCode.NotAllowed;
  if (status === 429 || status === 502 || status === 503 || status === 504) return ExitCode.Unavailable;
  return status >= 500 ? ExitCode.Failed : ExitCode.Refused;
}

export const usageError = (message: string): CliError => new CliError(message, ExitCode.Usage);
