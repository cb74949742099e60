import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/**
 * The grpc-js definition of a generated service whose handlers receive and return encoded messages. If grpc-js decoded them,
 * a malformed message would get INTERNAL instead of INVALID_ARGUMENT.
 */
export function grpcServiceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, bytesDefinition(method)]));
}

function bytesDefinition(method: DescMethod): MethodDefinition<Uint8Array, Uint8Array> {
  return {
    path: grpcPath(method),
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: asBuffer,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: asBuffer,
    responseDeserialize: (bytes) => bytes,
  };
}

export const grpcPath = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
