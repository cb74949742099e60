/** Invalid fields of an app: 422 with a message for each field, and no change. */
import { expect, test } from 'vitest';
import { expectInvalidFields } from '../support/expect-errors.ts';
import { registeredApp, testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER, REDIRECT_URI } from '../support/world.ts';

const bed = testBed();
const app = registeredApp(bed);

const FIELDS = {
  name: 'Roadmapper',
  redirect_uris: [REDIRECT_URI],
  allowed_actor_modes: ['app', 'self'],
  declared_scopes: ['posts:read', 'webhooks:manage'],
  webhook_url: 'https://app.example/hooks',
  subscribed_webhook_events: ['post_created'],
};

const register = (fields: unknown) => bed.world.asAdmin(OWNER, 'POST', '/oauth/apps', fields);

/** Expects errors of exactly these fields on registration and on a change of an existing app. */
async function expectRejected(wrong: Record<string, unknown>, ...fields: string[]): Promise<void> {
  await bed.tables.unchangedBy(async () => {
    expectInvalidFields(await register({ ...FIELDS, ...wrong }), ...fields);
    expectInvalidFields(await bed.world.changeApp(app, wrong), ...fields);
  });
}

test('names every missing field', async () => {
  const response = await bed.tables.unchangedBy(() => register({}));
  expectInvalidFields(response, 'name', 'redirect_uris', 'allowed_actor_modes', 'declared_scopes');
  expect(response.body.errors.name).toEqual(['is required']);
});

test('rejects unknown fields by name, with all other violations', async () => {
  await expectRejected({ color: 'red', is_admin: true }, 'color', 'is_admin');
  await expectRejected({ color: 'red', name: '' }, 'color', 'name');
});

test('has a message with the position of each invalid item of a list', async () => {
  const { body } = await register({ ...FIELDS, redirect_uris: ['http://a.example/', REDIRECT_URI, '/cb'] });
  expect(body.errors).toEqual({
    redirect_uris: [expect.stringMatching(/^item 1 /), expect.stringMatching(/^item 3 /)],
  });
});

test('rejects fields that only the service sets', async () => {
  const fields = [
    'id',
    'client_id',
    'client_secret',
    'status',
    'owner_organization',
    'created_at',
    'secrets',
    'bot_user_id',
  ];
  for (const field of fields) await expectRejected({ [field]: 'x' }, field);
});

test('rejects names that are blank, too long or not text, hidden characters, stacked marks and mixed alphabets', async () => {
  for (const name of [
    '',
    '   ',
    'x'.repeat(81),
    17,
    null,
    ['x'],
    'a\u0000b',
    'a\nb',
    'a\u001bb',
    'a\u202eb',
    'a\u200bb',
    'a\u2066b',
    'a\u061cb',
    'a\u00adb',
    '\u00ad',
    '\u3164',
    '\u115f',
    '\u2800',
    '\u200d',
    'a\u200db',
    'a\u200cb',
    'a\ufe0fb',
    'a\u{e0061}\u{e007f}',
    '\u{1f3f4}\u{e0061}\u{e0062}',
    `a${'\u0301'.repeat(70)}`,
    `a${'\u0300\u0301\u0302\u0303\u0304'}`,
    'a\ue000b',
    'a\uffffb',
    'A\ud800B',
    'Slаck', // the third letter is Cyrillic
    'Ηubspot', // the first letter is Greek
  ]) {
    await expectRejected({ name }, 'name');
  }
  for (const name of [
    'x'.repeat(80),
    '名前',
    '葛\u{e0100}城',
    '<script>alert(1)</script>',
    "Robert'); DROP TABLE apps;--",
    'Family \u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}',
    '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '❤\ufe0f',
    'می\u200cخواهم',
    'क्\u200dष',
    'Zoë’s café, Việt Nam',
    'Яндекс Tracker',
  ]) {
    expect(expectStatus(201, await register({ ...FIELDS, name })).body.app.name).toBe(name);
  }
});

/** test/property/redirect-uri.test.ts has more schemes, hosts and ports, and fragments, user info, wildcards and spellings. */
test('rejects a redirect URI with a wrong scheme, host, port or parameter, or that is empty, too long or no string', async () => {
  for (const uri of [
    'http://app.example/callback',
    'https:///cb',
    'https://',
    'https://app.example:99999/cb',
    `https://app.example/${'x'.repeat(2_000)}`,
    'https://app.example/cb?state=1',
    'https://app.example/cb?a=1&code=2',
    'https://app.example/cb?c%6Fde=2',
    'https://app.example/cb?iss',
    'https://app.example/cb?error=x',
    'https://app.example/cb?error_description=x',
    'https://app.example/cb?error_uri=x',
    'https://app.example:0/cb',
    'http://127.0.0.1:0/cb',
    'http://localhost:0/cb',
    'http://[::1]:0/cb',
    'http://127.0.0.1:08080/cb',
    '',
    17,
    null,
  ]) {
    await expectRejected({ redirect_uris: [REDIRECT_URI, uri] }, 'redirect_uris');
  }
});

test('accepts valid redirect URIs', async () => {
  const uris = [
    'https://app.example',
    'https://app.example/',
    'https://app.example:8443/cb?tenant=7&x=%20',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:4000/cb',
  ];
  expect(expectStatus(201, await register({ ...FIELDS, redirect_uris: uris })).body.app.redirect_uris).toEqual(uris);
});

test('rejects an empty list of redirect URIs, too many, duplicates, and a value that is not a list', async () => {
  const many = Array.from({ length: 21 }, (_, at) => `https://app.example/${at}`);
  for (const uris of [[], many, [REDIRECT_URI, REDIRECT_URI], REDIRECT_URI, null, {}]) {
    await expectRejected({ redirect_uris: uris }, 'redirect_uris');
  }
});

test('rejects unknown, missing and misspelled scopes', async () => {
  await expectRejected({ declared_scopes: ['posts:read', 'posts:delete'] }, 'declared_scopes');
  for (const scope of ['', 'POSTS:READ', 'posts:read ', 'posts:*', '*', 'constructor', '__proto__', 17, null]) {
    await expectRejected({ declared_scopes: [scope] }, 'declared_scopes');
  }
  for (const scopes of [[], 'posts:read', null]) await expectRejected({ declared_scopes: scopes }, 'declared_scopes');
});

test('rejects actor modes other than app and self, an empty list, and duplicates', async () => {
  await expectRejected({ allowed_actor_modes: ['app', 'admin'] }, 'allowed_actor_modes');
  for (const modes of [[], 'app', null, ['app', 'self', 'app']]) {
    await expectRejected({ allowed_actor_modes: modes }, 'allowed_actor_modes');
  }
});

test('rejects a webhook URL or events without webhooks:manage', async () => {
  const declared = { declared_scopes: ['posts:read'] };
  const url = { webhook_url: 'https://a.example/' };
  const events = { subscribed_webhook_events: ['post_created'] };
  await expectRejected({ ...declared, ...url, ...events }, 'webhook_url', 'subscribed_webhook_events');
  await expectRejected({ ...declared, ...url, subscribed_webhook_events: [] }, 'webhook_url');
  await expectRejected({ ...declared, webhook_url: null, ...events }, 'subscribed_webhook_events');
});

test('webhooks:manage cannot be removed while the app has a webhook URL and events', async () => {
  const hooked = await bed.world.registerApp(FIELDS);
  await bed.tables.unchangedBy(async () => {
    const response = await bed.world.changeApp(hooked, { declared_scopes: ['posts:read'] });
    expectInvalidFields(response, 'webhook_url', 'subscribed_webhook_events');
  });
});

test('rejects a webhook URL that is not https or has user info, and unknown events', async () => {
  const declared = { declared_scopes: ['webhooks:manage'] };
  for (const url of [
    'http://app.example/',
    'ftp://app.example/',
    'file:///etc/passwd',
    'https://u:p@app.example/',
    '',
    17,
  ]) {
    await expectRejected({ ...declared, webhook_url: url }, 'webhook_url');
  }
  await expectRejected({ ...declared, subscribed_webhook_events: ['post_deleted'] }, 'subscribed_webhook_events');
});

test('require_pkce is a boolean', async () => {
  for (const value of ['true', 1, null]) await expectRejected({ require_pkce: value }, 'require_pkce');
});
