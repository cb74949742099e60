import { type DescMethod, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { grpcPath } from '../../services/common/rpc/grpc-js-definition.ts';

/** What a client of grpc-js needs to call a generated method. */
export function grpcMethod<Method extends DescMethod>(method: Method) {
  return {
    path: grpcPath(method),
    requestSerialize: (value: MessageShape<Method['input']>) => Buffer.from(toBinary(method.input, value)),
    responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<Method['output']>,
  };
}
