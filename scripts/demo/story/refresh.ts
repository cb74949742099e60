import type { DemoApp, Pair, Scene } from '../scene.ts';

/** A refresh replaces both tokens. Repeated within a minute, it returns the same new pair, unless that has been refreshed. */
export async function refresh(scene: Scene, app: DemoApp, old: Pair): Promise<Pair> {
  const { narrator } = scene;
  const form = { grant_type: 'refresh_token', refresh_token: old.refresh_token };
  narrator.chapter('The app refreshes');

  narrator.step('It gets a new pair');
  const refreshed = await scene.app(app, '/oauth/token', form);
  narrator.expect('a new pair', refreshed.status, 200);

  narrator.step('The old access token, on the next call');
  const call = await scene.v3(old.access_token, 'GET', '/feature_requests');
  const [challenge] = call.headers['www-authenticate']?.split(',') ?? [];
  narrator.expect('401', [call.status, challenge], [401, 'Bearer error="invalid_token"']);

  narrator.step('The same refresh again, as after a lost response');
  const again = await scene.app(app, '/oauth/token', form);
  const tokensOf = ({ access_token, refresh_token }: Pair) => [access_token, refresh_token];
  narrator.expect('the same new pair', tokensOf(again.body), tokensOf(refreshed.body));

  narrator.step('The new refresh token');
  const next = await scene.app(app, '/oauth/token', { ...form, refresh_token: refreshed.body.refresh_token });
  narrator.expect('another new pair', next.status, 200);

  narrator.step('The old refresh token, now that its successor has been used');
  const late = await scene.app(app, '/oauth/token', form);
  narrator.expect('invalid_grant', [late.status, late.body.error], [400, 'invalid_grant']);

  narrator.step('The newest access token');
  narrator.expect('works', (await scene.v3(next.body.access_token, 'GET', '/feature_requests')).status, 200);
  return next.body;
}
