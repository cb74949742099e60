import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { AppError, unavailable } from './app-error.ts';

/** The gRPC status codes of AppErrors and of reflection (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const GrpcCode = {
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

const UNEXPECTED = { grpc: GrpcCode.INTERNAL, http: 500 };

/** The gRPC code and the HTTP status of each reason. */
const WIRE: Record<ErrorReason, { grpc: number; http: number }> = {
  [ErrorReason.UNSPECIFIED]: UNEXPECTED,
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

export const grpcCodeOf = (reason: ErrorReason): number => (WIRE[reason] ?? UNEXPECTED).grpc;
export const httpStatusOf = (reason: ErrorReason): number => (WIRE[reason] ?? UNEXPECTED).http;

/** System error codes: a peer is unreachable, a name cannot be resolved, or ports, descriptors or buffers are exhausted. */
const OUTAGE_CODE =
  /^(ECONN[A-Z]+|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS)$/;

/**
 * Converts anything thrown to an AppError. An outage becomes DEPENDENCY_UNAVAILABLE; any other error gets a fixed message, and
 * its details are only logged.
 */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (OUTAGE_CODE.test(String((error as { code?: unknown } | null | undefined)?.code))) {
    return unavailable('a dependency is unreachable; try again', error);
  }
  return new AppError(ErrorReason.UNSPECIFIED, 'Internal error; it is logged with the request id.', {
    cause: error,
  });
}

/** The detail of an RPC error. */
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
