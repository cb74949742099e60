import { type DemoApp, REDIRECT_URI, type Scene } from '../scene.ts';

const SCOPES = ['posts:read', 'posts:write', 'comments:read', 'comments:write'];

/** An admin of the owner organization registers an app. A client that knows only the API finds the authorization server. */
export async function register(scene: Scene): Promise<DemoApp> {
  const { narrator, stack } = scene;
  const { owner_organization: owner, users } = stack.demo;
  narrator.chapter('A developer registers an app');

  narrator.step(`An admin of ${owner.subdomain} registers an app`);
  const registered = await scene.user(users.owner_admin, 'POST', '/oauth/apps', {
    organization: owner.subdomain,
    json: {
      name: `Roadmapper ${new Date().toISOString().slice(11, 19)}`,
      redirect_uris: [REDIRECT_URI],
      allowed_actor_modes: ['app', 'self'],
      declared_scopes: SCOPES,
    },
  });
  narrator.expect('registered; the secret is shown only once', registered.status, 201);
  const app = { clientId: registered.body.client_id, clientSecret: registered.body.client_secret };

  narrator.step('A client that only knows the API: the 401 has the address of the metadata (RFC 9728)');
  const refused = await scene.wire.request('GET', `${stack.gateway.http}/api/v3/feature_requests`);
  const [, address = ''] = /resource_metadata="([^"]+)"/.exec(refused.headers['www-authenticate'] ?? '') ?? [];
  narrator.expect('401, with the address of the metadata', [refused.status, address !== ''], [401, true]);
  const api = await scene.wire.request('GET', address);
  narrator.expect('the authorization server is named', api.body, { authorization_servers: [stack.auth_server.http] });

  narrator.step('Any OAuth client can discover that server (RFC 8414)');
  const [issuer] = api.body.authorization_servers;
  const metadata = await scene.wire.request('GET', `${issuer}/.well-known/oauth-authorization-server`);
  narrator.expect('the metadata has the token endpoint and S256', metadata.body, {
    token_endpoint: `${stack.auth_server.http}/oauth/token`,
    code_challenge_methods_supported: ['S256'],
  });
  return app;
}
