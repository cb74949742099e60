import { Role } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { pkce } from '../../stack/pkce.ts';
import type { DemoApp, Pair, Scene } from '../scene.ts';

/** A `self` token never has more permissions than its user. */
export async function roles(scene: Scene, app: DemoApp, replaced: Pair): Promise<Pair> {
  const { narrator } = scene;
  const { verifier, challenge } = pkce();
  narrator.chapter('The app acts as the user');

  narrator.step('The admin consents again: now the app will act as the admin, and its token pair is replaced');
  const pair = await scene.exchange(app, await scene.consent(app, 'self', challenge), verifier);
  narrator.expect(
    'the replaced token is inactive',
    (await scene.v3(replaced.access_token, 'GET', '/feature_requests')).status,
    401,
  );
  const session = await scene.v3(pair.access_token, 'GET', '/session_info');
  narrator.expect('the actor is the user', session.body, {
    actor: 'self',
    user: { id: scene.stack.demo.users.target_admin },
  });

  const write = () => scene.v3(pair.access_token, 'POST', '/feature_requests', { title: 'Keyboard shortcuts' });
  narrator.step('As an admin, the user may write');
  narrator.expect('written', (await write()).status, 201);
  try {
    narrator.step('The host platform makes the user a plain member');
    await changeRole(scene, Role.MEMBER);
    narrator.expect(
      'the next write is refused',
      (await write()).body.message,
      'Missing required OAuth scope: posts:write',
    );
    narrator.expect('reading still works', (await scene.v3(pair.access_token, 'GET', '/feature_requests')).status, 200);
    narrator.step('The user is an admin again');
  } catch (error) {
    // The stack may be used after the demo.
    await putMembership(scene, Role.ADMIN);
    throw error;
  }
  await changeRole(scene, Role.ADMIN);
  narrator.expect('and may write again, with the same token', (await write()).status, 201);
  return pair;
}

/** Changes the role and prints the call. */
async function changeRole(scene: Scene, role: Role): Promise<void> {
  const { stack, narrator } = scene;
  const { target_organization: organization, users } = stack.demo;
  const name = Object.entries(Role).find(([, value]) => value === role)?.[0];
  narrator.sent([
    `DirectoryService/PutMembership   (${stack.auth_server.grpc})`,
    `authorization: Bearer ${stack.credentials.platform}`,
    `organization ${organization.id}, user ${users.target_admin}, role ${name}`,
  ]);
  await putMembership(scene, role);
  narrator.received(['done, on every replica']);
}

async function putMembership({ stack, directory }: Scene, role: Role): Promise<void> {
  const organizationId = BigInt(stack.demo.target_organization.id);
  const userId = BigInt(stack.demo.users.target_admin);
  await directory.putMembership({ membership: { organizationId, userId, role } });
}
