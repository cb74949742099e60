/** auth-server's internal port: what it serves and rejects, and that the gRPC port does not serve its methods. */
import type { DescMethodUnary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { TokenStateService } from '../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { DirectoryService } from '../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/health/v1/health_pb.ts';
import { testBed } from '../support/test-bed.ts';
import { connectNodeGrpcClient } from './support/connect-node-client.ts';
import { grpcJsClient } from './support/grpc-js-client.ts';
import { whileDatabaseIsGone } from './support/outage.ts';
import { failureOf, ownClient, sharedClient } from './support/rpc-client.ts';

const bed = testBed();
const methods = TokenStateService.methods as DescMethodUnary[];
const bearers = () => bed.system.tokens;

const client = sharedClient(() => grpcJsClient(bed.system.authServerInternal));

test.each(['grpc-js', 'connect-node'])('introspection may call every method (%s)', async (name) => {
  const address = bed.system.authServerInternal;
  const client = ownClient(name === 'grpc-js' ? grpcJsClient(address) : connectNodeGrpcClient(address));
  for (const method of methods) {
    // Twice: the second call is admitted by the cached credential. The handler rejects an empty request.
    for (const _call of [1, 2]) {
      const error = await failureOf(client.call(method, {}, { bearer: bearers().introspection }));
      expect([method.name, Code[error.code]]).toEqual([method.name, 'InvalidArgument']);
    }
  }
});

test('health Check needs no credential and reports an unreachable database', async () => {
  const status = async (service = '') => (await client.call(Health.method.check, { service })).message.status;
  expect([await status(), await status(TokenStateService.typeName)]).toEqual([Status.SERVING, Status.SERVING]);
  expect((await failureOf(status(DirectoryService.typeName))).code).toBe(Code.NotFound);
  await whileDatabaseIsGone(bed.system.databaseUrl, () => expect.poll(() => status()).toBe(Status.NOT_SERVING));
});

test('public methods are UNIMPLEMENTED on the internal port, internal ones on the gRPC port', async () => {
  const standard = ownClient(grpcJsClient(bed.system.authServerGrpc));
  for (const method of methods) {
    const call = standard.call(method, {}, { bearer: bearers().introspection });
    expect((await failureOf(call)).code).toBe(Code.Unimplemented);
  }
  const call = client.call(DirectoryService.method.putUser, {}, { bearer: bearers().platform });
  expect((await failureOf(call)).code).toBe(Code.Unimplemented);
});
