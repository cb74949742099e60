import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { type ErrorDetail, ErrorDetailSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';
import { asAppError, errorDetail, grpcCodeOf } from '../errors/wire.ts';

const DETAILS_KEY = 'grpc-status-details-bin';

/** A gRPC status: code, message, and our ErrorDetail in an encoded google.rpc.Status. */
export interface EncodedStatus {
  readonly code: number;
  readonly message: string;
  readonly details: Uint8Array;
}

/** The error as gRPC carries it, whatever writes the frames. */
export function encodedStatus(error: unknown): EncodedStatus {
  const appError = asAppError(error);
  const { message } = appError;
  const code = grpcCodeOf(appError.reason);
  const status = create(StatusSchema, { code, message, details: [anyPack(ErrorDetailSchema, errorDetail(appError))] });
  return { code, message, details: toBinary(StatusSchema, status) };
}

/** The error as grpc-js sends it, the details in `grpc-status-details-bin`. */
export function toGrpcStatus(error: unknown): StatusObject {
  const { code, message, details } = encodedStatus(error);
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(details));
  return { code, details: message, metadata };
}

/** The ErrorDetail of a failed call; undefined where the failure did not come from our server. */
export function errorDetailOf(error: Pick<ServiceError, 'metadata'>): ErrorDetail | undefined {
  const bytes = error.metadata?.get(DETAILS_KEY)[0];
  if (!(bytes instanceof Buffer)) return undefined;
  try {
    const details = fromBinary(StatusSchema, bytes).details.map((any) => anyUnpack(any, ErrorDetailSchema));
    return details.find((detail) => detail !== undefined);
  } catch {
    return undefined; // whoever wrote these bytes, it was not us
  }
}
