import { beforeEach, describe, expect, test } from 'vitest';
import { AppVerification } from '../../gen/featureos/oauth/v1/app_pb.ts';
import { ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { expectRpcError } from '../support/expect-errors.ts';
import { png } from '../support/images.ts';
import { testBed } from '../support/test-bed.ts';
import { OWNER, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const bed = testBed();
let app: RegisteredApp;

const find = async () => (await bed.world.operator.findApp({ clientId: app.clientId })).app;
const isVerified = async () => (await find())?.verification === AppVerification.VERIFIED;
const review = (fields = {}) =>
  bed.world.operator.setAppVerification({
    clientId: app.clientId,
    verification: AppVerification.VERIFIED,
    reason: 'Checked the domain',
    ...fields,
  });
const verify = async () => review({ reviewedUpdatedAt: (await find())?.updatedAt });
const events = async () => (await bed.world.operator.listAuditEvents({ clientId: app.clientId })).events;

beforeEach(async () => {
  app = await bed.world.registerApp({ homepage_url: 'https://app.example' });
});

test('an operator verifies an app and withdraws the verification; both are audited', async () => {
  expect(await isVerified()).toBe(false);
  expect((await verify()).app?.verification).toBe(AppVerification.VERIFIED);
  expect((await verify()).app?.verification).toBe(AppVerification.VERIFIED);
  await review({ verification: AppVerification.NOT_REVIEWED, reason: 'The domain has expired' });
  expect(await isVerified()).toBe(false);
  expect(await events()).toMatchObject([
    { action: 'app.unverified', performedBy: 'operator:operator', details: { reason: 'The domain has expired' } },
    { action: 'app.verified', performedBy: 'operator:operator', details: { reason: 'Checked the domain' } },
    { action: 'app.registered' },
  ]);
});

test('an app can be verified only with the updated_at that it has now', async () => {
  const reviewedUpdatedAt = (await find())?.updatedAt;
  await bed.world.changeApp(app, { name: 'FeatureOS Support' });
  await expectRpcError(review({ reviewedUpdatedAt }), ErrorReason.CONFLICT);
  await expectRpcError(review(), ErrorReason.CONFLICT);
  expect(await isVerified()).toBe(false);
});

test.each([
  [{ verification: AppVerification.UNSPECIFIED }, 'verification'],
  [{ verification: 7 as AppVerification }, 'verification'],
  [{ reason: '' }, 'reason'],
])('a review with %j is rejected', async (fields, field) => {
  await expect(review(fields)).rejects.toThrow(field);
});

test('an unknown app is NOT_FOUND', async () => {
  await expectRpcError(review({ clientId: 'foapp_unknown' }), ErrorReason.NOT_FOUND);
});

describe('a verified app is reset to not reviewed by', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a new name', { name: 'FeatureOS Support' }],
    ['a new description', { description: 'Made by FeatureOS.' }],
    ['a redirect URI with a new host', { redirect_uris: [REDIRECT_URI, 'https://evil.example/callback'] }],
    ['a redirect URI with a new port', { redirect_uris: ['https://app.example:8443/callback'] }],
    ['a homepage with a new host', { homepage_url: 'https://evil.example' }],
    ['a privacy policy with a new host', { privacy_policy_url: 'https://evil.example' }],
    ['terms with a new host', { terms_url: 'https://evil.example' }],
    ['a start URL with a new host', { initiate_login_uri: 'https://evil.example' }],
    ['a new email address', { support_address: 'help@evil.example' }],
  ])('%s', async (_what, fields) => {
    await verify();
    expect((await bed.world.changeApp(app, fields)).body.app.verification).toBe('not_reviewed');
    expect(await isVerified()).toBe(false);
    expect((await events()).map(({ action }) => action).slice(0, 2)).toEqual(['app.verification_reset', 'app.changed']);
  });

  test('a new logo, and the removal of a logo', async () => {
    await bed.world.putLogo(app, png());
    await verify();
    await bed.world.putLogo(app, png({ width: 4 }));
    expect(await isVerified()).toBe(false);
    await verify();
    await bed.world.asAdmin(OWNER, 'DELETE', `/oauth/apps/${app.clientId}/logo`);
    expect(await isVerified()).toBe(false);
  });
});

test.each<[string, Record<string, unknown>]>([
  ['the same fields', { name: 'Roadmapper', homepage_url: 'https://app.example' }],
  [
    'other pages of a known host',
    { homepage_url: 'https://app.example/about', terms_url: 'https://app.example/terms' },
  ],
  ['a redirect URI on a known host', { redirect_uris: [REDIRECT_URI, 'https://app.example/other'] }],
  ['one link fewer', { homepage_url: null }],
  ['other scopes', { declared_scopes: ['posts:read', 'customers:read'] }],
])('a verified app stays verified with %s', async (_what, fields) => {
  await verify();
  expect((await bed.world.changeApp(app, fields)).body.app.verification).toBe('verified');
  expect(await isVerified()).toBe(true);
});

test('a new name of the owner resets a verified app to not reviewed, and the same name does not', async () => {
  const owner = { id: 1n, subdomain: 'acme', name: 'Acme' };
  await bed.world.directory.putOrganization({ organization: owner });
  await verify();
  await bed.world.directory.putOrganization({ organization: owner });
  expect(await isVerified()).toBe(true);
  await bed.world.directory.putOrganization({ organization: { ...owner, name: 'FeatureOS' } });
  expect(await isVerified()).toBe(false);
  expect((await events())[0]).toMatchObject({ action: 'app.verification_reset', performedBy: 'service:platform' });
});

test('a review from before a new name of the owner cannot verify the app', async () => {
  const reviewedUpdatedAt = (await find())?.updatedAt;
  await bed.world.directory.putOrganization({ organization: { id: 1n, subdomain: 'acme', name: 'Another company' } });
  await expectRpcError(review({ reviewedUpdatedAt }), ErrorReason.CONFLICT);
  expect(await isVerified()).toBe(false);
});

test('an app that is changed and verified at the same time does not stay verified', async () => {
  for (let round = 0; round < 10; round++) {
    const reviewedUpdatedAt = (await find())?.updatedAt;
    await Promise.allSettled([bed.world.changeApp(app, { name: `Name ${round}` }), review({ reviewedUpdatedAt })]);
    expect(await isVerified()).toBe(false);
  }
});
