import pg from 'pg';
import { AppError, conflict, invalidRequest, unavailable } from '#common/errors/app-error.ts';

/**
 * SQLSTATEs of an outage. Class 08 only in part: 08P01, a protocol violation, is our own mistake. 25006: a standby, or a
 * primary that takes no writes; 25P03 and 25P04: the bounds of a transaction; 53: resources; 57: intervention and shutdown;
 * 58: the server's disk.
 */
const OUTAGE = /^(080(00|01|03|04|06|07)|25006|25P0[34]|53...|57014|57P..|58...)$/;
/** Postgres has rolled a transaction back in favour of another one (deadlock, serialization); a repeat can succeed. */
const RETRYABLE_SQLSTATES: ReadonlySet<unknown> = new Set(['40P01', '40001']);
const UNIQUE_VIOLATION = '23505';
/** Text, or text within JSON, that Postgres cannot hold. */
const NUL_IN_TEXT: ReadonlySet<unknown> = new Set(['22021', '22P05']);
const READ_ONLY = '25006';
const LOCK_TIMEOUT = '55P03';

/** What pg says without a code: the connection is gone, or did not answer. */
const OUTAGE_TEXT =
  /^(Connection terminated|Query read timeout|Client (has encountered a connection error|was closed))/;

/** Whether the server itself has answered, and goes on listening. */
export const leavesSessionKnown = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC';

/** Whether the server has reported the error and kept the session: then it has rolled the transaction back. */
export const isRolledBack = (error: unknown): boolean =>
  leavesSessionKnown(error) || (error instanceof AppError && leavesSessionKnown(error.cause));

/**
 * An error of a statement as one of the contract, with itself as the cause. What is not known here, and so is a defect, comes
 * back as it is; codes of sockets are known everywhere (common/errors/wire.ts).
 */
export function asStoreError(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === READ_ONLY) {
    return unavailable('the database takes no changes now: it is a standby or read only; try again', error);
  }
  if (code === LOCK_TIMEOUT) return unavailable('another change of this is under way; try again', error);
  if (OUTAGE.test(String(code)) || OUTAGE_TEXT.test(String(message)) || endsSession(error)) {
    return unavailable('the database cannot be reached; try again', error);
  }
  if (RETRYABLE_SQLSTATES.has(code)) return unavailable('another change came first; try again', error);
  if (NUL_IN_TEXT.has(code)) return withCause(invalidRequest('text must not have NUL characters'), error);
  if (code === UNIQUE_VIOLATION) {
    return withCause(conflict('this already exists: another request has just created it'), error);
  }
  return error;
}

const withCause = (problem: AppError, cause: unknown): AppError => Object.assign(problem, { cause });

/** Whether a lock was not had in time. `error` is one of the contract. */
export const isLockTimeout = (error: unknown): boolean =>
  error instanceof AppError && (error.cause as { code?: unknown } | undefined)?.code === LOCK_TIMEOUT;

/** An error from connecting: whatever it is, nothing can be decided. The readiness probe says which it was. */
export const asConnectError = (error: unknown): unknown =>
  unavailable('the database cannot be reached; try again', error);

/** Poolers report their own outages under any code, but always so that the session ends. */
const endsSession = (error: unknown): boolean => error instanceof pg.DatabaseError && !leavesSessionKnown(error);
