import { describe, expect, test } from 'vitest';
import { AppFieldRules } from '../../../services/auth-server/domain/app/app-field-rules.ts';
import { AppError } from '../../../services/common/errors/app-error.ts';

const rules = new AppFieldRules({ allowLoopback: false });

const FIELDS = {
  name: 'Roadmapper',
  redirect_uris: ['https://app.example/callback'],
  allowed_actor_modes: ['app'],
  declared_scopes: ['posts:read'],
};

const longUrl = `https://a.example/${'x'.repeat(2_001 - 'https://a.example/'.length)}`;

function rejectedFields(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).extras.fieldViolations?.map(({ field }) => field) ?? [];
  }
  return [];
}

describe('registration', () => {
  test('optional fields have defaults', () => {
    expect(rules.parseRegistration(FIELDS)).toMatchObject({
      webhookUrl: null,
      subscribedWebhookEvents: [],
      requirePkce: false,
      description: null,
      homepageUrl: null,
      supportAddress: null,
    });
  });

  test('the description becomes one paragraph', () => {
    expect(rules.parseRegistration({ ...FIELDS, description: ' One\n two\t three ' }).description).toBe(
      'One two three',
    );
  });

  test.each(['help@a.example', 'https://a.example/help?topic=1'])('%s is a support address', (address) => {
    expect(rules.parseRegistration({ ...FIELDS, support_address: address }).supportAddress).toBe(address);
  });

  test('lists are in canonical order without duplicates', () => {
    const fields = rules.parseRegistration({
      ...FIELDS,
      allowed_actor_modes: ['self', 'app'],
      declared_scopes: ['webhooks:manage', 'posts:write', 'posts:read', 'posts:read'],
      subscribed_webhook_events: ['changelog_published', 'post_created'],
    });
    expect(fields.allowedActorModes).toEqual(['app', 'self']);
    expect(fields.declaredScopes).toEqual(['posts:read', 'posts:write', 'webhooks:manage']);
    expect(fields.subscribedWebhookEvents).toEqual(['post_created', 'changelog_published']);
  });

  test('names every missing field', () => {
    expect(rejectedFields(() => rules.parseRegistration({}))).toEqual(Object.keys(FIELDS));
  });

  // The last field of each is the wrong one.
  test.each<[string, Record<string, unknown>]>([
    ['an unknown field', { client_secret: 'x' }],
    ['an empty name', { name: '  ' }],
    ['a name of 81 characters', { name: 'x'.repeat(81) }],
    ['a name with a bidirectional override', { name: 'evil\u202egpj.exe' }],
    ['a name with a control character', { name: 'a\u0007b' }],
    ['no redirect URI', { redirect_uris: [] }],
    ['21 redirect URIs', { redirect_uris: Array.from({ length: 21 }, (_, i) => `https://a.example/${i}`) }],
    ['a redirect URI twice', { redirect_uris: ['https://a.example/', 'https://a.example/'] }],
    ['a bad second redirect URI', { redirect_uris: ['https://a.example/', 'http://a.example/'] }],
    ['an unknown mode', { allowed_actor_modes: ['admin'] }],
    ['no mode', { allowed_actor_modes: [] }],
    ['an unknown scope', { declared_scopes: ['posts:read', 'posts:admin'] }],
    ['no scope', { declared_scopes: [] }],
    ['a scope that is not a string', { declared_scopes: [1] }],
    ['a webhook URL without its scope', { webhook_url: 'https://a.example/hook' }],
    ['events without their scope', { subscribed_webhook_events: ['post_created'] }],
    ['an unknown event', { declared_scopes: ['webhooks:manage'], subscribed_webhook_events: ['x'] }],
    ['a webhook URL with plain http', { declared_scopes: ['webhooks:manage'], webhook_url: 'http://a.example/' }],
    ['a flag that is text', { require_pkce: 'true' }],
    ['a description of 301 characters', { description: 'x'.repeat(301) }],
    ['an empty description', { description: '\n' }],
    ['a description with a bidirectional override', { description: 'evil\u202egpj.exe' }],
    ['a description with a control character', { description: 'a\u0000b' }],
    ['a homepage with plain http', { homepage_url: 'http://a.example/' }],
    ['a homepage with plain http on a loopback host', { homepage_url: 'http://localhost/' }],
    ['a homepage that is a script', { homepage_url: 'javascript:alert(1)' }],
    ['a homepage with user info', { homepage_url: 'https://bank.example@a.example/' }],
    ['a homepage with a control character', { homepage_url: 'https://a.example/\n' }],
    ['a privacy policy URL of 2,001 characters', { privacy_policy_url: longUrl }],
    ['a start URL that is a script', { initiate_login_uri: 'javascript:alert(1)' }],
    ['a relative URL of the terms', { terms_url: '/terms' }],
    ['a support address with plain http', { support_address: 'http://a.example/' }],
    ['a support address that is not an address', { support_address: 'help' }],
    ['a support address with mail headers', { support_address: 'a@b.example?bcc=c@d.example' }],
    ['a support address with a line break', { support_address: 'a@b.example\nx' }],
    ['an email address of 255 characters', { support_address: `${'a'.repeat(245)}@b.example` }],
  ])('%s is refused', (_what, fields) => {
    const wrong = Object.keys(fields).at(-1);
    expect(rejectedFields(() => rules.parseRegistration({ ...FIELDS, ...fields }))).toEqual([wrong]);
  });

  test.each([null, undefined, [], 'name', 7])('rejects %j as an app', (input) => {
    expect(rejectedFields(() => rules.parseRegistration(input))).toEqual(['body']);
  });
});

describe('change', () => {
  const current = rules.parseRegistration({
    ...FIELDS,
    declared_scopes: ['posts:read', 'webhooks:manage'],
    webhook_url: 'https://a.example/hook',
    subscribed_webhook_events: ['post_created'],
  });

  test('keeps fields that are not in the request', () => {
    expect(rules.parseChange({}, current)).toEqual(current);
    expect(rules.parseChange({ name: 'Other' }, current)).toEqual({ ...current, name: 'Other' });
  });

  test('null removes the webhook URL', () => {
    expect(rules.parseChange({ webhook_url: null }, current).webhookUrl).toBeNull();
  });

  test('rejects removing the webhook scope while there is a URL or events', () => {
    const change = () => rules.parseChange({ declared_scopes: ['posts:read'] }, current);
    expect(rejectedFields(change)).toEqual(['webhook_url', 'subscribed_webhook_events']);
  });

  test('rejects fields that only the server sets', () => {
    for (const field of ['client_id', 'status', 'owner_organization', 'secrets']) {
      expect(rejectedFields(() => rules.parseChange({ [field]: 'x' }, current))).toEqual([field]);
    }
  });
});
