/** The nginx of deploy/gateways/service-token, which adds the service token for gateways that cannot (Istio, Contour). */
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authorization } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { IntrospectionService } from '../../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { rpcClient } from '../../../scripts/stack/rpc-client.ts';
import { testBed } from '../../support/test-bed.ts';
import { checkRequest, deniedOf, okOf } from '../../wire/support/check-request.ts';
import { isInstalled, type RunningProxy, SERVICE_TOKEN_PROXY, startProxy } from './proxies.ts';

const bed = testBed();

describe.skipIf(!isInstalled(SERVICE_TOKEN_PROXY)).each([
  ['the standard port', 'introspectionGrpc'],
  ['the fast port', 'introspectionFastPort'],
] as const)('in front of %s', (_name, port) => {
  let proxy: RunningProxy;
  beforeAll(async () => {
    const INTROSPECTION = bed.system[port][0] as string;
    proxy = await startProxy(SERVICE_TOKEN_PROXY, { INTROSPECTION, SERVICE_TOKEN: bed.system.tokens.gateway });
  });
  afterAll(() => proxy?.stop());

  test('a gateway with no service token, an unknown one or one of another kind gets decisions', async () => {
    const { access_token: token } = await bed.world.install(await bed.world.registerApp());
    for (const bearer of [undefined, 'unknown', bed.system.tokens.platform]) {
      const client = rpcClient(Authorization, `127.0.0.1:${proxy.port}`, bearer);
      const check = (authorization: string) => client.check(checkRequest({ authorization }, 'posts:read'));
      expect(okOf(await check(`Bearer ${token}`)).headers).toHaveLength(7); // the identity headers
      expect(deniedOf(await check('Bearer unknown')).status?.code).toBe(401);
    }
  });

  test('no other method can be called', async () => {
    const client = rpcClient(IntrospectionService, `127.0.0.1:${proxy.port}`);
    await expect(client.introspect({ token: 'x' })).rejects.toMatchObject({ code: Code.Unimplemented });
  });
});
