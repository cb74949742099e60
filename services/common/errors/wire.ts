import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { AppError, conflict, invalidRequest, unavailable } from './app-error.ts';

/** gRPC status codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html), the ones that we send. */
const GrpcCode = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const UNTHOUGHT_OF = { grpc: GrpcCode.INTERNAL, http: 500 };

/** How each reason looks on the two wires. The only such table. */
const WIRE: Record<ErrorReason, { grpc: number; http: number }> = {
  [ErrorReason.UNSPECIFIED]: UNTHOUGHT_OF,
  [ErrorReason.CALLER_UNAUTHENTICATED]: {
    grpc: GrpcCode.UNAUTHENTICATED,
    http: 401,
  },
  [ErrorReason.CALLER_NOT_ALLOWED]: {
    grpc: GrpcCode.PERMISSION_DENIED,
    http: 403,
  },
  [ErrorReason.NOT_AN_ADMIN]: { grpc: GrpcCode.PERMISSION_DENIED, http: 403 },
  [ErrorReason.NOT_FOUND]: { grpc: GrpcCode.NOT_FOUND, http: 404 },
  [ErrorReason.INVALID_FIELD]: { grpc: GrpcCode.INVALID_ARGUMENT, http: 422 },
  [ErrorReason.INVALID_REQUEST]: { grpc: GrpcCode.INVALID_ARGUMENT, http: 400 },
  [ErrorReason.TOO_LARGE]: { grpc: GrpcCode.RESOURCE_EXHAUSTED, http: 413 },
  [ErrorReason.RATE_LIMITED]: { grpc: GrpcCode.RESOURCE_EXHAUSTED, http: 429 },
  [ErrorReason.PROPAGATION_PENDING]: { grpc: GrpcCode.UNAVAILABLE, http: 503 },
  [ErrorReason.DEPENDENCY_UNAVAILABLE]: {
    grpc: GrpcCode.UNAVAILABLE,
    http: 503,
  },
  [ErrorReason.CONFLICT]: { grpc: GrpcCode.FAILED_PRECONDITION, http: 409 },
  [ErrorReason.UNIMPLEMENTED]: { grpc: GrpcCode.UNIMPLEMENTED, http: 501 },
  [ErrorReason.AUTHORIZATION_REFUSED]: {
    grpc: GrpcCode.INVALID_ARGUMENT,
    http: 400,
  },
  [ErrorReason.UNSUPPORTED]: { grpc: GrpcCode.INVALID_ARGUMENT, http: 415 },
};

export const grpcCodeOf = (reason: ErrorReason): number => (WIRE[reason] ?? UNTHOUGHT_OF).grpc;
export const httpStatusOf = (reason: ErrorReason): number => (WIRE[reason] ?? UNTHOUGHT_OF).http;

/** Codes of Postgres (classes 08, 53, 57: connection, resources, intervention; 25P03/25P04: our bounds) and sockets. */
const OUTAGE_CODE = /^(08...|53...|57P..|57014|25P0[34]|ECONN[A-Z]+|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH)$/;
/** What pg says without a code: the connection is gone, did not come, or did not answer. */
const OUTAGE_TEXT =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|Client (has encountered a connection error|was closed))/;
/** Postgres has rolled a transaction back in favour of another one (deadlock, serialization); a repeat finds its way free. */
const GAVE_WAY: ReadonlySet<unknown> = new Set(['40P01', '40001']);
const UNIQUE_VIOLATION = '23505';
/** Text, or text within JSON, that Postgres cannot hold. */
const NUL_IN_TEXT: ReadonlySet<unknown> = new Set(['22021', '22P05']);

/**
 * Whatever was thrown, as an error of the contract. An outage underneath is UNAVAILABLE, never an answer; what was not
 * thought of says nothing about us to the caller, and the log has the rest.
 */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (OUTAGE_CODE.test(String(code)) || OUTAGE_TEXT.test(String(message))) {
    return unavailable('something that this needs cannot be reached; try again', error);
  }
  if (GAVE_WAY.has(code))
    return unavailable('this had to give way to something else at the same time; try again', error);
  if (NUL_IN_TEXT.has(code)) return invalidRequest('text must not have NUL characters');
  if (code === UNIQUE_VIOLATION) return conflict('somebody else has just taken what must be unique; try again');
  return new AppError(ErrorReason.UNSPECIFIED, 'Something went wrong on our side. The request id is in our logs.', {
    cause: error,
  });
}

/** The detail message that every RPC error carries. */
export function errorDetail({ reason, extras }: AppError): ErrorDetail {
  const detail: MessageInitShape<typeof ErrorDetailSchema> = {
    reason,
    fieldViolations: (extras.fieldViolations ?? []).map(({ field, message }) => ({ field, message })),
    retryAfterSeconds: extras.retryAfterSeconds ?? 0,
    oauthError: extras.oauthError ?? '',
    redirectTo: extras.redirectTo ?? '',
  };
  return create(ErrorDetailSchema, detail);
}
