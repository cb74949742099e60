import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { ErrorDetailSchema } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
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
