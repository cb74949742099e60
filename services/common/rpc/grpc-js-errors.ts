import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { type ErrorDetail, ErrorDetailSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';
import { asAppError, errorDetail, grpcCodeOf } from '../errors/wire.ts';

const DETAILS_KEY = 'grpc-status-details-bin';

/** The error as grpc-js sends it: status, message, and our ErrorDetail in `grpc-status-details-bin`. */
export function toGrpcStatus(error: unknown): StatusObject {
  const appError = asAppError(error);
  const code = grpcCodeOf(appError.reason);
  const details = [anyPack(ErrorDetailSchema, errorDetail(appError))];
  const metadata = new Metadata();
  const status = create(StatusSchema, {
    code,
    message: appError.message,
    details,
  });
  metadata.set(DETAILS_KEY, Buffer.from(toBinary(StatusSchema, status)));
  return { code, details: appError.message, metadata };
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
