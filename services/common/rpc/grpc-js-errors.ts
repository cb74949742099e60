import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { ErrorDetailSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';
import { asAppError, errorDetail, grpcCodeOf } from '../errors/wire.ts';

const DETAILS_KEY = 'grpc-status-details-bin';

/** A gRPC status: code, message, and an encoded google.rpc.Status with an ErrorDetail. */
export interface EncodedStatus {
  readonly code: number;
  readonly message: string;
  readonly details: Uint8Array;
}

/** The gRPC status of an error, for any transport. */
export function encodedStatus(error: unknown): EncodedStatus {
  const appError = asAppError(error);
  const { message } = appError;
  const code = grpcCodeOf(appError.reason);
  const status = create(StatusSchema, { code, message, details: [anyPack(ErrorDetailSchema, errorDetail(appError))] });
  return { code, message, details: toBinary(StatusSchema, status) };
}

/** The grpc-js status of an error, with the details in `grpc-status-details-bin`. */
export function toGrpcStatus(error: unknown): StatusObject {
  const { code, message, details } = encodedStatus(error);
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(details));
  return { code, details: message, metadata };
}
