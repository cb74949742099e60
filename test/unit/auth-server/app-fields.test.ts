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

/** The rejected fields. */
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
    });
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
    ['a scope that is no text', { declared_scopes: [1] }, 'declared_scopes'],
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
