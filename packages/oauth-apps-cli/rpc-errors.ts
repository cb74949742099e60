import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorDetailSchema } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { CliError, ExitCode } from './exit-codes.ts';

const EXIT_CODES: Partial<Record<Code, ExitCode>> = {
  [Code.Unauthenticated]: ExitCode.NotAllowed,
  [Code.PermissionDenied]: ExitCode.NotAllowed,
  [Code.Unavailable]: ExitCode.Unavailable,
  [Code.DeadlineExceeded]: ExitCode.Unavailable,
  [Code.Internal]: ExitCode.Failed,
  [Code.Unknown]: ExitCode.Failed,
};

const ADVICE: Partial<Record<Code, string>> = {
  [Code.Unauthenticated]: 'The session has ended or is invalid. Run: oauth-apps login',
  [Code.PermissionDenied]: 'You must be an admin of the organization; choose another one with --organization.',
  [Code.Unavailable]: 'Check --server and try again.',
  [Code.DeadlineExceeded]: 'Try again.',
};

/** The error for the user; a line for each invalid field. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (!(error instanceof ConnectError)) {
    return new CliError(error instanceof Error ? error.message : String(error), ExitCode.Failed);
  }
  const details = error.findDetails(ErrorDetailSchema);
  const fields = details.flatMap(({ fieldViolations }) =>
    fieldViolations.map(({ field, message }) => `  ${field}: ${message}`),
  );
  // Omits the message if there are fields, because it repeats them.
  const what = fields.length > 0 ? ['The server rejects these values:', ...fields] : [error.rawMessage];
  // An outage with a detail was reported by the server, so --server is right.
  const isReported = error.code === Code.Unavailable && details.length > 0;
  const lines = [...what, isReported ? 'Try again.' : ADVICE[error.code]];
  return new CliError(
    lines.filter((line) => line !== undefined).join('\n'),
    EXIT_CODES[error.code] ?? ExitCode.Refused,
  );
}
