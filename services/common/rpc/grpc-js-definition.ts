import { type DescMethod, type DescService, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/** An answer of grpc-js handlers: a message, or its bytes where they are known already. */
export type MessageOrBytes = MessageShape<DescMethod['output']> | Uint8Array;

/** The grpc-js definition of a generated service. Responses that are bytes already are sent as they are. */
export function grpcServiceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, grpcMethodDefinition(method)]));
}

/** The grpc-js definition of one method, for servers and clients. */
export function grpcMethodDefinition<Method extends DescMethod>(
  method: Method,
): MethodDefinition<MessageShape<Method['input']>, MessageShape<Method['output']>> {
  const serialize = (value: MessageOrBytes): Buffer =>
    asBuffer(value instanceof Uint8Array ? value : toBinary(method.output, value));
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (value) => asBuffer(toBinary(method.input, value)),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes) as MessageShape<Method['input']>,
    responseSerialize: serialize,
    responseDeserialize: (bytes) => fromBinary(method.output, bytes) as MessageShape<Method['output']>,
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
