import { create, createFileRegistry, type DescService, setExtension } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type MethodOptions,
  MethodOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { type Caller, callers } from '../../../gen/featureos/oauth/v1/access_pb.ts';

/** A service that is in no contract. Its only method, `Do`, has this rule. */
export function serviceWithRule(rule: Caller[] | undefined): DescService {
  const options: MethodOptions = create(MethodOptionsSchema);
  if (rule !== undefined) setExtension(options, callers, rule);
  const file = create(FileDescriptorProtoSchema, {
    name: 'test.proto',
    package: 'test',
    syntax: 'proto3',
    messageType: [{ name: 'Empty' }],
    service: [{ name: 'Test', method: [{ name: 'Do', inputType: '.test.Empty', outputType: '.test.Empty', options }] }],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  return registry.getService('test.Test') as DescService;
}
