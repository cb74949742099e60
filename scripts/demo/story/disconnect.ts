import { pkce } from '../../stack/pkce.ts';
import type { DemoApp, Pair, Scene } from '../scene.ts';

/** The admin disconnects the app: the next call is refused. Installing it again gives a new token. */
export async function disconnect(scene: Scene, app: DemoApp, pair: Pair): Promise<void> {
  const { narrator, stack } = scene;
  const { target_organization: target, users } = stack.demo;
  narrator.chapter('The admin disconnects the app');

  const installs = async () => {
    const { body } = await scene.user(users.target_admin, 'GET', '/oauth/installs', { organization: target.subdomain });
    return body.installs.filter((install: { client_id: string }) => install.client_id === app.clientId);
  };
  narrator.step('What is installed');
  const [install] = await installs();
  narrator.expect('the app, acting as the user', install, { status: 'active', actor: 'self' });

  narrator.step('Disconnect');
  const disconnected = await scene.user(users.target_admin, 'DELETE', `/oauth/installs/${install.id}`, {
    organization: target.subdomain,
  });
  narrator.expect('done, on every replica', disconnected.status, 204);

  narrator.step('The next call of the app');
  narrator.expect('401', (await scene.v3(pair.access_token, 'GET', '/feature_requests')).status, 401);

  narrator.step('Its refresh token');
  const refreshed = await scene.app(app, '/oauth/token', {
    grant_type: 'refresh_token',
    refresh_token: pair.refresh_token,
  });
  narrator.expect('invalid_grant', refreshed.body.error, 'invalid_grant');
  narrator.expect('the app is no longer listed', await installs(), []);

  narrator.step('The app requests authorization again, and the admin installs it again');
  const { verifier, challenge } = pkce();
  const again = await scene.exchange(app, await scene.consent(app, 'app', challenge), verifier);
  narrator.expect('the new token works', (await scene.v3(again.access_token, 'GET', '/feature_requests')).status, 200);
}
