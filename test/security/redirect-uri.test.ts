import { expect, test } from 'vitest';
import { expectNoRedirect, expectOAuthError } from '../support/expect-errors.ts';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { codeIn, expectStatus, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();
const LOOPBACK = 'http://127.0.0.1/native';
const app = registeredApp(bed, {
  redirect_uris: ['https://app.example/callback', 'https://app.example/q?a=1', LOOPBACK, 'http://localhost:3000/dev'],
});

const ATTACKS: Record<string, string[]> = {
  prefix: ['https://app.example/callbac', 'https://app.example/', 'https://app.example'],
  suffix: ['https://app.example/callback/', 'https://app.example/callback2', 'https://app.example/callback/evil'],
  case: ['https://app.example/Callback', 'https://APP.example/callback', 'HTTPS://app.example/callback'],
  'path tricks': [
    'https://app.example/./callback',
    'https://app.example/x/../callback',
    'https://app.example//callback',
    'https://app.example/callback/../evil',
    'https://app.example/callback;evil',
    'https://app.example\\callback',
  ],
  'percent-encoding': [
    'https://app.example/%2e%2e/callback',
    'https://app.example/callback%2f..',
    'https://app%2eexample/callback',
  ],
  'another host': [
    'https://evil.example/callback',
    'https://app.example.evil.example/callback',
    'https://evilapp.example/callback',
    'https://app.example.:443/callback',
    'https://xapp.example/callback',
    '//app.example/callback',
  ],
  'user info': [
    'https://app.example@evil.example/callback',
    'https://x@app.example/callback',
    'https://app.example:x@evil.example/callback',
  ],
  'another port': ['https://app.example:8443/callback', 'https://app.example:443/callback'],
  fragment: ['https://app.example/callback#', 'https://app.example/callback#evil'],
  'another query': [
    'https://app.example/callback?',
    'https://app.example/callback?next=https://evil.example',
    'https://app.example/q?a=1&b=2',
    'https://app.example/q?a=2',
    'https://app.example/q',
  ],
  http: ['http://app.example/callback'],
  'other schemes': [
    'javascript:alert(1)//https://app.example/callback',
    'data:text/html,https://app.example/callback',
    'file:///callback',
  ],
  'look-alike loopback': [
    'http://127.0.0.1.evil/native',
    'http://127.0.0.1@evil.example/native',
    'http://127.0.0.2/native',
    'http://127.1/native',
    'http://2130706433/native',
    'http://0x7f.0.0.1/native',
    'http://[::1]/native',
    'http://[::ffff:127.0.0.1]/native',
    'http://localhost/native',
    'http://127.0.0.1:99999/native',
    'http://127.0.0.1:80:80/native',
    'http://127.0.0.1:/native',
    'http://127.0.0.1:0/native',
    'http://127.0.0.1:00080/native',
    'http://127.0.0.1:08080/native',
    'http://127.0.0.1/native/',
    'http://127.0.0.1:3000/other',
    'https://127.0.0.1/native',
    'http://localhost:3001/dev',
    'http://localhost/dev',
    'http://127.0.0.1:3000/dev',
  ],
  whitespace: [
    ' https://app.example/callback',
    'https://app.example/callback ',
    'https://app.example/callback\n',
    '\thttps://app.example/callback',
  ],
  nothing: ['', 'null', 'undefined', '*', 'https://app.example/*'],
};

test.for(Object.entries(ATTACKS))('never redirects to an unregistered URI: %s', async ([_attack, uris]) => {
  for (const uri of uris) {
    await bed.tables.unchangedBy(async () => {
      // A request with a second error must not be redirected either.
      for (const more of [{}, { scope: 'nope' }, { request_uri: 'https://evil.example' }]) {
        expectNoRedirect(await bed.world.view(app, { redirect_uri: uri, ...more }));
      }
      expectNoRedirect(await bed.world.consent(app, { redirect_uri: uri }));
      expectNoRedirect(await bed.world.consent(app, { redirect_uri: uri, decision: 'deny' }));
    });
  }
});

test('never redirects if redirect_uri is repeated, in either order', async () => {
  const good = encodeURIComponent('https://app.example/callback');
  const evil = encodeURIComponent('https://evil.example/');
  for (const uris of [`redirect_uri=${good}&redirect_uri=${evil}`, `redirect_uri=${evil}&redirect_uri=${good}`]) {
    const path = `/oauth/authorize?client_id=${app.clientId}&actor=app&${uris}`;
    expectNoRedirect(await bed.world.as(TARGET_ADMIN, 'GET', path));
  }
});

test('never redirects to a URI of another app', async () => {
  const other = await bed.world.registerApp({ redirect_uris: ['https://other.example/cb'] });
  expectNoRedirect(await bed.world.consent(app, { redirect_uri: 'https://other.example/cb' }));
  expectNoRedirect(await bed.world.consent(other, { redirect_uri: 'https://app.example/callback' }));
});

test('a loopback IP literal may have any port, and the exchange must have the same one', async () => {
  const uri = 'http://127.0.0.1:53123/native';
  const response = expectStatus(200, await bed.world.consent(app, { redirect_uri: uri }));
  expect(response.body.redirect_to).toMatch(/^http:\/\/127\.0\.0\.1:53123\/native\?code=/);
  const code = codeIn(response);
  for (const wrong of [LOOPBACK, 'http://127.0.0.1:53124/native']) {
    expectOAuthError(await bed.world.exchange(app, code, { redirect_uri: wrong }), 'invalid_grant');
  }
  expectStatus(200, await bed.world.exchange(app, code, { redirect_uri: uri }));
});
