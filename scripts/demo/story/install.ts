import { pkce } from '../../stack/pkce.ts';
import { type DemoApp, type Pair, REDIRECT_URI, type Scene } from '../scene.ts';

/** Another organization installs the app, which will act as its own bot. Only an admin can install it. */
export async function install(scene: Scene, app: DemoApp): Promise<Pair> {
  const { narrator, stack } = scene;
  const { target_organization: target, users } = stack.demo;
  const { verifier, challenge } = pkce();
  narrator.chapter('Another organization installs it');

  narrator.step(`The admin of ${target.subdomain} opens the consent page, which loads what the app requests`);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    actor: 'app',
    state: 'xyz',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const requested = await scene.user(users.target_admin, 'GET', `/oauth/authorize?${query}`);
  narrator.expect('scopes in plain words, and where it may be installed', requested.status, 200);
  narrator.expect('nothing is installed yet', requested.body.organizations[0], {
    subdomain: target.subdomain,
    may_install: true,
    installed: null,
  });

  narrator.step('A member who is not an admin may not consent');
  const refused = await scene.user(users.target_member, 'POST', '/oauth/authorize/consent', {
    json: { client_id: app.clientId, redirect_uri: REDIRECT_URI, target_organization_id: target.id, actor: 'app' },
  });
  narrator.expect('403, with the admins to contact', refused.status, 403);

  narrator.step('The admin consents: the app will act as its own bot');
  const code = await scene.consent(app, 'app', challenge);

  narrator.step('The app exchanges the code, with its secret and its PKCE verifier');
  return scene.exchange(app, code, verifier);
}
