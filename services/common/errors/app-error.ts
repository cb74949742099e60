import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';

/** One field that was refused, by its snake_case name. */
export interface FieldViolation {
  readonly field: string;
  readonly message: string;
}

/** What an error says beyond its reason. */
export interface ErrorExtras {
  /** With INVALID_FIELD. */
  readonly fieldViolations?: readonly FieldViolation[];
  /** When a repeat has a chance. */
  readonly retryAfterSeconds?: number;
  /** With AUTHORIZATION_REFUSED: RFC 6749 code, and where to redirect if that is safe. */
  readonly oauthError?: string;
  readonly redirectTo?: string;
  /** What went wrong underneath; logged, never sent. */
  readonly cause?: unknown;
}

/** Messages name what was sent, which may be long; in gRPC they travel in trailers, which may not (8 KiB is common). */
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_VIOLATION_LENGTH = 200;

const shortened = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/**
 * An error that was thought of: its reason is part of the contract, its message is written for the caller. Anything else
 * that is thrown becomes a fixed text on the wire.
 */
export class AppError extends Error {
  readonly reason: ErrorReason;
  readonly extras: ErrorExtras;

  constructor(reason: ErrorReason, message: string, extras: ErrorExtras = {}) {
    super(shortened(message, MAX_MESSAGE_LENGTH), { cause: extras.cause });
    this.name = 'AppError';
    this.reason = reason;
    this.extras = extras;
  }
}

/** Seconds that a caller is asked to wait where nothing better is known. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

export const unauthenticated = (message: string) => new AppError(ErrorReason.CALLER_UNAUTHENTICATED, message);
export const notAllowed = (message: string) => new AppError(ErrorReason.CALLER_NOT_ALLOWED, message);
export const notAnAdmin = (message: string) => new AppError(ErrorReason.NOT_AN_ADMIN, message);
export const notFound = (message: string) => new AppError(ErrorReason.NOT_FOUND, message);
export const invalidRequest = (message: string) => new AppError(ErrorReason.INVALID_REQUEST, message);
/** With a time to retry after where the conflict passes by itself. */
export const conflict = (message: string, retryAfterSeconds?: number) =>
  new AppError(ErrorReason.CONFLICT, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

/** One or more fields are not acceptable. */
export function invalidFields(given: readonly FieldViolation[]): AppError {
  const fieldViolations = given.map(({ field, message }) => ({
    field: shortened(field, MAX_VIOLATION_LENGTH),
    message: shortened(message, MAX_VIOLATION_LENGTH),
  }));
  const message = fieldViolations.map((violation) => `${violation.field} ${violation.message}`).join('; ');
  return new AppError(ErrorReason.INVALID_FIELD, `Not acceptable: ${message}`, { fieldViolations });
}

/** Something this answer needs cannot be reached. */
export const unavailable = (message: string, cause?: unknown) =>
  new AppError(ErrorReason.DEPENDENCY_UNAVAILABLE, message, {
    retryAfterSeconds: DEFAULT_RETRY_AFTER_SECONDS,
    cause,
  });

/** The change is committed but not yet visible everywhere. */
export const propagationPending = (cause?: unknown) =>
  new AppError(
    ErrorReason.PROPAGATION_PENDING,
    'The change is committed but not yet visible everywhere. It completes by itself; repeating the call is safe.',
    { retryAfterSeconds: DEFAULT_RETRY_AFTER_SECONDS, cause },
  );

/** The same of a change that was to hand out a credential: handed out now, the old one might outlive it. */
export const credentialWithheld = (cause?: unknown) =>
  new AppError(
    ErrorReason.PROPAGATION_PENDING,
    'The grant was used, but the old token cannot be made invalid everywhere just now, so the new one was withheld. ' +
      'Repeat a refresh; after a code, authorize the app again.',
    { retryAfterSeconds: DEFAULT_RETRY_AFTER_SECONDS, cause },
  );
