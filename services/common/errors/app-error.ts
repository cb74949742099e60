import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';

/** An invalid field, by its snake_case name. */
export interface FieldViolation {
  readonly field: string;
  readonly message: string;
}

/** Optional details of an error. */
export interface ErrorExtras {
  /** Only with INVALID_FIELD. */
  readonly fieldViolations?: readonly FieldViolation[];
  /** Seconds to wait before a retry. */
  readonly retryAfterSeconds?: number;
  /** Only with AUTHORIZATION_REFUSED: the OAuth error code. */
  readonly oauthError?: string;
  /** Only with AUTHORIZATION_REFUSED, and if redirecting is safe: the address for the browser. */
  readonly redirectTo?: string;
  /** Logged, never sent. */
  readonly cause?: unknown;
}

/** Messages may quote input; in gRPC they are sent in trailers, which many clients limit to 8 KiB. */
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_VIOLATION_LENGTH = 200;

const shortened = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/**
 * An expected error: its reason is part of the contract and its message is sent to the caller. Any other error is sent with a
 * fixed message.
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

/** Seconds to wait before a retry if nothing better is known. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

export const unauthenticated = (message: string) => new AppError(ErrorReason.CALLER_UNAUTHENTICATED, message);
export const notAllowed = (message: string) => new AppError(ErrorReason.CALLER_NOT_ALLOWED, message);
export const notAnAdmin = (message: string) => new AppError(ErrorReason.NOT_AN_ADMIN, message);
export const notFound = (message: string) => new AppError(ErrorReason.NOT_FOUND, message);
export const invalidRequest = (message: string) => new AppError(ErrorReason.INVALID_REQUEST, message);
/** `retryAfterSeconds`: for a conflict that resolves by itself. */
export const conflict = (message: string, retryAfterSeconds?: number) =>
  new AppError(ErrorReason.CONFLICT, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

export function invalidFields(violations: readonly FieldViolation[]): AppError {
  const fieldViolations = violations.map(({ field, message }) => ({
    field: shortened(field, MAX_VIOLATION_LENGTH),
    message: shortened(message, MAX_VIOLATION_LENGTH),
  }));
  const message = fieldViolations.map((violation) => `${violation.field} ${violation.message}`).join('; ');
  return new AppError(ErrorReason.INVALID_FIELD, `Not acceptable: ${message}`, { fieldViolations });
}

/** Temporary: a dependency is unreachable, or there are too many or conflicting concurrent requests. A retry can succeed. */
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

/** Like propagationPending, for a change that issues a credential: it is withheld because the old one might still be valid. */
export const credentialWithheld = (cause?: unknown) =>
  new AppError(
    ErrorReason.PROPAGATION_PENDING,
    'The grant was used, but the old token cannot be made invalid everywhere just now, so the new one was withheld. ' +
      'Repeat a refresh; if you exchanged a code, authorize the app again.',
    { retryAfterSeconds: DEFAULT_RETRY_AFTER_SECONDS, cause },
  );
