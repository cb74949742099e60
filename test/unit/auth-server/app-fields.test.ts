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

  test.each<[string, Record<string, unknown>, string]>([
    ['an unknown field', { client_secret: 'x' }, 'client_secret'],
    ['an empty name', { name: '  ' }, 'name'],
    ['a name of 81 characters', { name: 'x'.repeat(81) }, 'name'],
    ['a name that turns text around', { name: 'evil\u202egpj.exe' }, 'name'],
    ['a name with a control character', { name: 'a\u0007b' }, 'name'],
    ['no redirect URI', { redirect_uris: [] }, 'redirect_uris'],
    [
      '21 redirect URIs',
      { redirect_uris: Array.from({ length: 21 }, (_, i) => `https://a.example/${i}`) },
      'redirect_uris',
    ],
    ['a redirect URI twice', { redirect_uris: ['https://a.example/', 'https://a.example/'] }, 'redirect_uris'],
    ['a bad second redirect URI', { redirect_uris: ['https://a.example/', 'http://a.example/'] }, 'redirect_uris'],
    ['an unknown mode', { allowed_actor_modes: ['admin'] }, 'allowed_actor_modes'],
    ['no mode', { allowed_actor_modes: [] }, 'allowed_actor_modes'],
    ['an unknown scope', { declared_scopes: ['posts:read', 'posts:admin'] }, 'declared_scopes'],
    ['no scope', { declared_scopes: [] }, 'declared_scopes'],
    ['a scope that is not a string', { declared_scopes: [1] }, 'declared_scopes'],
    ['a webhook URL without its scope', { webhook_url: 'https://a.example/hook' }, 'webhook_url'],
    ['events without their scope', { subscribed_webhook_events: ['post_created'] }, 'subscribed_webhook_events'],
    [
      'an unknown event',
      { declared_scopes: ['webhooks:manage'], subscribed_webhook_events: ['x'] },
      'subscribed_webhook_events',
    ],
    [
      'a webhook URL with plain http',
      { declared_scopes: ['webhooks:manage'], webhook_url: 'http://a.example/' },
      'webhook_url',
    ],
    ['a flag that is text', { require_pkce: 'true' }, 'require_pkce'],
    ['a description of 301 characters', { description: 'x'.repeat(301) }, 'description'],
    ['an empty description', { description: '\n' }, 'description'],
    ['a description that turns text around', { description: 'evil\u202egpj.exe' }, 'description'],
    ['a description with a control character', { description: 'a\u0000b' }, 'description'],
    ['a homepage with plain http', { homepage_url: 'http://a.example/' }, 'homepage_url'],
    ['a homepage on a loopback host', { homepage_url: 'http://localhost/' }, 'homepage_url'],
    ['a homepage that is a script', { homepage_url: 'javascript:alert(1)' }, 'homepage_url'],
    ['a homepage with user info', { homepage_url: 'https://bank.example@a.example/' }, 'homepage_url'],
    ['a homepage with a control character', { homepage_url: 'https://a.example/\n' }, 'homepage_url'],
    ['a privacy policy of 2,001 characters', { privacy_policy_url: longUrl }, 'privacy_policy_url'],
    ['a start URL that is a script', { initiate_login_uri: 'javascript:alert(1)' }, 'initiate_login_uri'],
    ['relative terms', { terms_url: '/terms' }, 'terms_url'],
    ['a support address with plain http', { support_address: 'http://a.example/' }, 'support_address'],
    ['a support address that is not an address', { support_address: 'help' }, 'support_address'],
    ['a support address with mail headers', { support_address: 'a@b.example?bcc=c@d.example' }, 'support_address'],
    ['a support address with a line break', { support_address: 'a@b.example\nx' }, 'support_address'],
    ['an email address of 255 characters', { support_address: `${'a'.repeat(245)}@b.example` }, 'support_address'],
  ])('%s is refused', (_what, fields, refused) => {
    expect(rejectedFields(() => rules.parseRegistration({ ...FIELDS, ...fields }))).toEqual([refused]);
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
