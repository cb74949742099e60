import pg from 'pg';
import { AppError, conflict, invalidRequest, unavailable } from '#common/errors/app-error.ts';

/**
 * SQLSTATEs of an outage. Class 08 without 08P01, because a protocol violation is a defect. 25P03 and 25P04: transaction
 * timeouts; 53: insufficient resources; 57P: operator intervention; 58: I/O.
 */
const OUTAGE = /^(080(00|01|03|04|06|07)|25P0[34]|53...|57P..|58...)$/;
/** Deadlock and serialization failure: a retry can succeed. */
const RETRYABLE_SQLSTATES: ReadonlySet<unknown> = new Set(['40P01', '40001']);
const UNIQUE_VIOLATION = '23505';
/** NUL in text or in JSON, which Postgres cannot store. */
const NUL_IN_TEXT: ReadonlySet<unknown> = new Set(['22021', '22P05']);
/** A standby, or a primary that is read only. */
const READ_ONLY = '25006';
/** Mostly by statement_timeout. */
const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
const READ_TIMEOUT_MESSAGE = 'Query read timeout';

/** Messages of pg's own errors, which have no code: the connection is closed. */
const OUTAGE_MESSAGE = /^(Connection terminated|Client (has encountered a connection error|was closed))/;

/** Whether the session can be used after the error: the server reported it and did not end the session. */
export const keepsSession = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC';

/** Whether the server has rolled the transaction back: it has reported the error and kept the session. */
export const isRolledBack = (error: unknown): boolean =>
  keepsSession(error) || (error instanceof AppError && keepsSession(error.cause));

/**
 * Converts an expected error of a statement to an AppError with the original as its cause. Returns other errors unchanged:
 * defects, SQLSTATEs that our functions raise (LK001), and socket errors, which common/errors/wire.ts converts.
 */
export function asStoreError(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === READ_ONLY) {
    return unavailable('the database is a standby or read only; retry the request', error);
  }
  if (code === LOCK_NOT_AVAILABLE) return unavailable('a concurrent change holds a lock; retry the request', error);
  if (code === QUERY_CANCELED || isReadTimeout(error)) {
    return unavailable('a database statement took too long; retry the request', error);
  }
  if (OUTAGE.test(String(code)) || OUTAGE_MESSAGE.test(String(message)) || endsSession(error)) {
    return unavailable('the database cannot be reached; retry the request', error);
  }
  if (RETRYABLE_SQLSTATES.has(code)) return unavailable('conflict with a concurrent change; retry the request', error);
  if (NUL_IN_TEXT.has(code)) return withCause(invalidRequest('text must not contain NUL characters'), error);
  if (code === UNIQUE_VIOLATION) {
    return withCause(conflict('already exists'), error);
  }
  return error;
}

const withCause = (problem: AppError, cause: unknown): AppError => Object.assign(problem, { cause });

/** Whether `error`, as converted by asStoreError, is a lock timeout. */
export const isLockTimeout = (error: unknown): boolean => error instanceof AppError && isLockNotAvailable(error.cause);

/** Whether `error`, as thrown by pg, is a lock timeout. */
export const isLockNotAvailable = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === LOCK_NOT_AVAILABLE;

/** Whether pg stopped waiting for a statement, which the server may still execute. */
export const isReadTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === READ_TIMEOUT_MESSAGE;

/** Any error of connecting is an outage. The readiness probe logs its cause. */
export const asConnectError = (error: unknown): unknown =>
  unavailable('the database cannot be reached; retry the request', error);

/** Poolers report outages with any code, but always end the session. */
const endsSession = (error: unknown): boolean => error instanceof pg.DatabaseError && !keepsSession(error);
