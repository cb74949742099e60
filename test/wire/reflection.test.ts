import { create, createFileRegistry, type DescFile, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { describe, expect, test } from 'vitest';
import { ErrorDetailSchema, ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { Health } from '../../gen/health/v1/health_pb.ts';
import { type TestBed, testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';
import { bufCurl } from './support/buf-curl.ts';
import { AUTH_SERVER_SERVICES, INTROSPECTION_SERVICES } from './support/services.ts';

const COMMON = [Health, ServerReflection, ServerReflectionAlpha];
const SERVERS = [
  ['auth-server', ({ system }: TestBed) => system.authServerGrpc, [...AUTH_SERVER_SERVICES, ...COMMON]],
  [
    'introspection',
    ({ system }: TestBed) => system.introspectionGrpc[0] as string,
    [...INTROSPECTION_SERVICES, ...COMMON],
  ],
] as const;

type ReflectionRequest = ServerReflectionRequest['messageRequest'];
type ReflectionResponse = ServerReflectionResponse['messageResponse'];

/** Sends all requests in one stream and returns the responses in order. The server must end the stream. */
const reflect = (address: string, bearer: string | undefined, ...requests: ReflectionRequest[]) =>
  callService(ServerReflection, address, bearer, requests);

async function callService(
  service: typeof ServerReflection | typeof ServerReflectionAlpha,
  address: string,
  bearer: string | undefined,
  requests: readonly ReflectionRequest[],
): Promise<ReflectionResponse[]> {
  const transport: Transport = createGrpcTransport({ baseUrl: `http://${address}` });
  const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  async function* stream() {
    for (const messageRequest of requests) yield create(ServerReflectionRequestSchema, { messageRequest });
  }
  const responses: ReflectionResponse[] = [];
  const client = createClient(service as typeof ServerReflection, transport);
  for await (const response of client.serverReflectionInfo(stream(), { headers })) {
    responses.push(response.messageResponse);
  }
  return responses;
}

const list: ReflectionRequest = { case: 'listServices', value: '' };
const ofSymbol = (value: string): ReflectionRequest => ({ case: 'fileContainingSymbol', value });
const ofFile = (value: string): ReflectionRequest => ({ case: 'fileByFilename', value });

const servicesIn = (response: ReflectionResponse | undefined): string[] =>
  response?.case === 'listServicesResponse' ? response.value.service.map(({ name }) => name).sort() : [];

const filesIn = (response: ReflectionResponse | undefined): FileDescriptorProto[] =>
  response?.case === 'fileDescriptorResponse'
    ? response.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
    : [];

const nameOf = (file: DescFile): string => file.proto.name;

function withImports(file: DescFile, all = new Set<DescFile>()): Set<DescFile> {
  if (!all.has(file)) {
    all.add(file);
    for (const imported of file.dependencies) withImports(imported, all);
  }
  return all;
}

/** A file and its imports, each after its own imports. */
function inImportOrder(name: string, files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (wanted: string): void => {
    const file = files.get(wanted) ?? expect.fail(`${wanted} is missing`);
    file.dependency.forEach(add);
    ordered.add(file);
  };
  add(name);
  return [...ordered];
}

describe.each(SERVERS)('of %s', (server, addressOf, services) => {
  const closed = testBed();
  const open = testBed({ openReflection: true });
  const asOperator = () => closed.system.tokens.operator;
  const names = services.map(({ typeName }) => typeName).sort();

  test('lists every service, including health and reflection', async () => {
    const [response] = await reflect(addressOf(closed), closed.system.tokens.gateway, list);
    expect(servicesIn(response)).toEqual(names);
  });

  test('returns the file of each service with all its imports', async () => {
    const requests = services.map(({ typeName }) => ofSymbol(typeName));
    const responses = await reflect(addressOf(closed), closed.system.tokens.gateway, ...requests);
    for (const [at, service] of services.entries()) {
      const files = new Map(filesIn(responses[at]).map((file) => [file.name, file]));
      const file = inImportOrder(nameOf(service.file), files);
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
      const methods = registry.getService(service.typeName)?.methods.map(({ name }) => name);
      expect(methods).toEqual(service.methods.map(({ name }) => name));
      expect([...files.keys()].sort()).toEqual([...withImports(service.file)].map(nameOf).sort());
    }
  });

  test('v1alpha, for older tools, returns the same services and a file for each of them', async () => {
    const requests = [list, ...services.map(({ typeName }) => ofSymbol(typeName))];
    const asOld = await callService(ServerReflectionAlpha, addressOf(closed), asOperator(), requests);
    expect(asOld.map(({ case: kind }) => kind)).toEqual([
      'listServicesResponse',
      ...services.map(() => 'fileDescriptorResponse'),
    ]);
    expect(servicesIn(asOld[0])).toEqual(names);
  });

  test('returns every file by its name', async () => {
    const files = [...new Set(services.flatMap(({ file }) => [...withImports(file)]))];
    const requests = files.map((file) => ofFile(nameOf(file)));
    const responses = await reflect(addressOf(closed), asOperator(), ...requests);
    for (const [at, file] of files.entries()) {
      const found = filesIn(responses[at]).find(({ name }) => name === nameOf(file)) as FileDescriptorProto;
      expect(toBinary(FileDescriptorProtoSchema, found)).toEqual(toBinary(FileDescriptorProtoSchema, file.proto));
    }
  });

  test('finds methods, messages, nested types and extensions', async () => {
    const symbols = [
      'grpc.health.v1.Health.Check',
      'grpc.health.v1.HealthCheckResponse',
      'grpc.health.v1.HealthCheckResponse.ServingStatus',
      'featureos.oauth.v1.callers',
    ];
    const responses = await reflect(addressOf(closed), asOperator(), ...symbols.map(ofSymbol));
    expect(responses.map((response) => filesIn(response)[0]?.name)).toEqual([
      ...Array(3).fill(nameOf(Health.file)),
      'featureos/oauth/v1/access.proto',
    ]);
  });

  test('an unknown name or unsupported request gets an error response, and the stream stays open', async () => {
    const responses = await reflect(
      addressOf(closed),
      asOperator(),
      ofSymbol('featureos.oauth.v1.Nothing'),
      ofFile('featureos/oauth/v1/nothing.proto'),
      { case: 'allExtensionNumbersOfType', value: 'google.protobuf.MethodOptions' },
      { case: undefined },
      list,
    );
    const codes = responses.map(({ case: kind, value }) => (kind === 'errorResponse' ? value.errorCode : kind));
    const { NotFound, Unimplemented } = Code;
    expect(codes).toEqual([NotFound, NotFound, Unimplemented, Unimplemented, 'listServicesResponse']);
  });

  test('accepts any authenticated caller, and no other', async () => {
    const known = Object.values(closed.system.tokens);
    if (server === 'auth-server') known.push(await closed.system.platform.sign(TARGET_ADMIN));
    for (const bearer of known) expect(await reflect(addressOf(closed), bearer, list)).toHaveLength(1);
    for (const bearer of [undefined, 'unknown']) {
      const error = await reflect(addressOf(closed), bearer, list).then(
        () => expect.fail('expected an error'),
        (thrown) => ConnectError.from(thrown),
      );
      expect(error.code).toBe(Code.Unauthenticated);
      expect(error.findDetails(ErrorDetailSchema)).toMatchObject([{ reason: ErrorReason.CALLER_UNAUTHENTICATED }]);
    }
  });

  test('open reflection needs no credential', async () => {
    const [response] = await reflect(addressOf(open), undefined, list);
    expect(servicesIn(response)).toEqual(names);
  });

  test('buf curl lists services and methods with a credential, and without one only if reflection is open', async () => {
    const methods = services.flatMap((service) => service.methods.map(({ name }) => `${service.typeName}/${name}`));
    const flags = ['--http2-prior-knowledge', '--protocol', 'grpc'];
    const credential = ['--reflect-header', `authorization: Bearer ${asOperator()}`];
    const [listed, listedMethods, openly, refused] = await Promise.all([
      bufCurl(...flags, ...credential, '--list-services', `http://${addressOf(closed)}`),
      bufCurl(...flags, ...credential, '--list-methods', `http://${addressOf(closed)}`),
      bufCurl(...flags, '--list-methods', `http://${addressOf(open)}`),
      bufCurl(...flags, '--list-services', `http://${addressOf(closed)}`),
    ]);
    const lines = ({ stdout }: { stdout: string }) => stdout.trim().split('\n').sort();
    expect(lines(listed)).toEqual(names);
    expect(lines(listedMethods)).toEqual(methods.sort());
    expect(lines(openly)).toEqual(methods.sort());
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('not authenticated');
  });
});
