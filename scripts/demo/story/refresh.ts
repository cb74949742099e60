import type { DemoApp, Pair, Scene } from '../scene.ts';

/** A refresh replaces both tokens; the old ones are dead when it returns. */
export async function refresh(scene: Scene, app: DemoApp, old: Pair): Promise<Pair> {
  const { narrator } = scene;
  const form = { grant_type: 'refresh_token', refresh_token: old.refresh_token };
  narrator.chapter('The app refreshes');

  narrator.step('It gets a new pair');
  const refreshed = await scene.app(app, '/oauth/token', form);
  narrator.expect('a new pair', refreshed.status, 200);

  narrator.step('The old access token, on the very next call');
  const call = await scene.v3(old.access_token, 'GET', '/feature_requests');
  narrator.expect('401', [call.status, call.headers['www-authenticate']], [401, 'Bearer error="invalid_token"']);

  narrator.step('The old refresh token');
  const again = await scene.app(app, '/oauth/token', form);
  narrator.expect('invalid_grant', [again.status, again.body.error], [400, 'invalid_grant']);

  narrator.step('The new access token');
  narrator.expect('works', (await scene.v3(refreshed.body.access_token, 'GET', '/feature_requests')).status, 200);
  return refreshed.body;
}
