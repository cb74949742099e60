import { create, type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  ErrorResponseSchema as ErrorSchema,
  FileDescriptorResponseSchema as FilesSchema,
  ListServiceResponseSchema as ListSchema,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from '#gen/grpc/reflection/v1/reflection_pb.ts';
import { GrpcCode } from '../errors/wire.ts';

type MessageResponse = ServerReflectionResponse['messageResponse'];

/**
 * `grpc.reflection.v1.ServerReflection` from the generated descriptors, for tools such as `buf curl`. A file is sent with all
 * its imports.
 */
export class Reflection {
  readonly #services: readonly DescService[];
  readonly #files = new Map<string, DescFile>();
  readonly #fileOfSymbol = new Map<string, DescFile>();

  constructor(services: readonly DescService[]) {
    this.#services = services;
    for (const service of services) this.#addFile(service.file);
  }

  async *handle(requests: AsyncIterable<ServerReflectionRequest>): AsyncGenerator<ServerReflectionResponse> {
    for await (const request of requests) {
      yield create(ServerReflectionResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: this.#respond(request.messageRequest),
      });
    }
  }

  #respond(request: ServerReflectionRequest['messageRequest']): MessageResponse {
    switch (request.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: create(ListSchema, {
            service: this.#services.map(({ typeName }) => ({ name: typeName })),
          }),
        };
      case 'fileByFilename':
        return fileResponse(this.#files.get(request.value), request.value);
      case 'fileContainingSymbol':
        return fileResponse(this.#fileOfSymbol.get(request.value), request.value);
      case undefined:
        return errorResponse(GrpcCode.UNIMPLEMENTED, 'message_request is missing or unknown');
      default:
        return errorResponse(GrpcCode.UNIMPLEMENTED, 'lookups of extensions are not supported');
    }
  }

  #addFile(file: DescFile): void {
    const name = fileName(file);
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const dependency of file.dependencies) this.#addFile(dependency);
    for (const type of nestedTypes(file)) {
      this.#fileOfSymbol.set(type.typeName, file);
      if (type.kind !== 'service') continue;
      for (const method of type.methods) this.#fileOfSymbol.set(`${type.typeName}.${method.name}`, file);
    }
  }
}

const fileName = (file: DescFile): string => file.proto.name;

function fileResponse(file: DescFile | undefined, name: string): MessageResponse {
  if (file === undefined) return errorResponse(GrpcCode.NOT_FOUND, `not found: ${name}`);
  const all = new Map<string, DescFile>();
  const collect = (one: DescFile) => {
    if (all.has(fileName(one))) return;
    all.set(fileName(one), one);
    one.dependencies.forEach(collect);
  };
  collect(file);
  return {
    case: 'fileDescriptorResponse',
    value: create(FilesSchema, {
      fileDescriptorProto: [...all.values()].map((one) => toBinary(FileDescriptorProtoSchema, one.proto)),
    }),
  };
}

function errorResponse(errorCode: number, errorMessage: string): MessageResponse {
  return {
    case: 'errorResponse',
    value: create(ErrorSchema, { errorCode, errorMessage }),
  };
}
