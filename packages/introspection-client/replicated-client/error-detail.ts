import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import type { ServiceError } from '@grpc/grpc-js';
import { type ErrorDetail, ErrorDetailSchema } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { StatusSchema } from '../../../gen/google/rpc/status_pb.ts';

/** The ErrorDetail of a failed call; undefined if the error has none, for example because no server was reached. */
export function errorDetailOf(error: Pick<ServiceError, 'metadata'>): ErrorDetail | undefined {
  const bytes = error.metadata?.get('grpc-status-details-bin')[0];
  if (!(bytes instanceof Buffer)) return undefined;
  try {
    const details = fromBinary(StatusSchema, bytes).details.map((any) => anyUnpack(any, ErrorDetailSchema));
    return details.find((detail) => detail !== undefined);
  } catch {
    return undefined; // malformed, so not from our services
  }
}
