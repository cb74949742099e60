import { toJsonString } from '@bufbuild/protobuf';
import { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';
import { IntrospectionService } from '#gen/featureos/oauth/v1/introspection_service_pb.ts';
import { rpcClient } from '../../stack/rpc-client.ts';
import type { Pair, Scene } from '../scene.ts';

/** The app calls the v3 API: granted scopes work, everything else is refused. */
export async function use(scene: Scene, pair: Pair): Promise<void> {
  const { narrator } = scene;
  narrator.chapter('The app uses the v3 API');

  narrator.step('It reads and writes posts');
  narrator.expect('read', (await scene.v3(pair.access_token, 'GET', '/feature_requests')).status, 200);
  const written = await scene.v3(pair.access_token, 'POST', '/feature_requests', { title: 'Dark mode' });
  narrator.expect('written', written.status, 201);

  narrator.step('It looks up its own identity: the bot of the app, in the organization that installed it');
  const session = await scene.v3(pair.access_token, 'GET', '/session_info');
  narrator.expect('the actor is the app', session.body, {
    success: true,
    actor: 'app',
    organization: scene.stack.demo.target_organization,
  });

  narrator.step('A scope that was not granted');
  const missing = await scene.v3(pair.access_token, 'GET', '/customers');
  const exactly = JSON.stringify({
    message: 'Missing required OAuth scope: customers:read',
    status: 403,
    success: false,
  });
  narrator.expect('403 with exactly the documented body', JSON.stringify(missing.body), exactly);

  narrator.step('An endpoint that is not open to OAuth');
  narrator.expect('refused by default', (await scene.v3(pair.access_token, 'GET', '/api_keys')).status, 403);

  narrator.step('The gRPC call that the gateway made for each of these requests');
  await introspect(scene, pair.access_token);
}

async function introspect(scene: Scene, token: string): Promise<void> {
  const { stack, narrator } = scene;
  const { gateway } = stack.credentials;
  const address = stack.introspection.fast_port.split(',')[0] as string;
  narrator.sent([
    `IntrospectionService/Introspect   (${address})`,
    `authorization: Bearer ${gateway}`,
    JSON.stringify({ token }),
  ]);
  const response = await rpcClient(IntrospectionService, address, gateway).introspect({ token });
  narrator.received([toJsonString(IntrospectResponseSchema, response)]);
  narrator.expect('active', response.active, true);
}
