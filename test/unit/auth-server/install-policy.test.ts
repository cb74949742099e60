import { expect, test } from 'vitest';
import {
  DEFAULT_POLICY,
  type InstallPolicy,
  offerOf,
  refusalOf,
} from '../../../services/auth-server/domain/install-policy/install-policy.ts';
import { checkPolicy } from '../../../services/auth-server/domain/install-policy/policy-fields.ts';

const app = { clientId: 'foapp_a', verification: 'not_reviewed' } as const;
const verified = { ...app, verification: 'verified' } as const;
const policy = (fields: Partial<InstallPolicy>) => ({ ...DEFAULT_POLICY, ...fields });

test.each<[string, Partial<InstallPolicy>, ReturnType<typeof refusalOf>]>([
  ['the default', {}, undefined],
  ['members may not request', { membersMayRequest: false }, undefined],
  ['it is blocked', { blockedApps: ['foapp_b', 'foapp_a'] }, 'app_blocked'],
  ['another one is blocked', { blockedApps: ['foapp_b'] }, undefined],
  ['it is in the list of allowed apps', { allowedApps: ['foapp_a'] }, undefined],
  ['only another one is in the list of allowed apps', { allowedApps: ['foapp_b'] }, 'app_not_allowed'],
  ['it is in both lists', { allowedApps: ['foapp_a'], blockedApps: ['foapp_a'] }, 'app_blocked'],
  ['only verified apps are permitted', { onlyVerifiedApps: true }, 'app_not_verified'],
  [
    'it is in the list of allowed apps, and only verified apps are permitted',
    { allowedApps: ['foapp_a'], onlyVerifiedApps: true },
    'app_not_verified',
  ],
  ['more scopes are permitted', { permittedScopes: ['posts:read', 'posts:write', 'tags:read'] }, undefined],
  ['exactly these scopes are permitted', { permittedScopes: ['posts:read', 'posts:write'] }, undefined],
  ['one of the scopes is not permitted', { permittedScopes: ['posts:read'] }, 'scopes_not_permitted'],
])('an unverified app that requests two scopes: %s', (_case, fields, expected) => {
  expect(refusalOf(policy(fields), app, ['posts:read', 'posts:write'])).toBe(expected);
});

test('a verified app is permitted by a policy of only verified apps', () => {
  expect(refusalOf(policy({ onlyVerifiedApps: true }), verified, ['posts:read'])).toBeUndefined();
});

test('offers only the permitted scopes, and refuses if there are none', () => {
  const limited = policy({ permittedScopes: ['posts:read', 'votes:read'] });
  expect(offerOf(limited, app, ['posts:write', 'posts:read'])).toEqual({
    refusal: undefined,
    permittedScopes: ['posts:read'],
  });
  expect(offerOf(limited, app, ['posts:write'])).toEqual({ refusal: 'scopes_not_permitted', permittedScopes: [] });
});

const KNOWN = new Set(['foapp_a', 'foapp_b']);

test('a checked policy has no duplicates, and its scopes are in catalog order', () => {
  const input = policy({
    allowedApps: ['foapp_b', 'foapp_a', 'foapp_b'],
    permittedScopes: ['votes:read', 'posts:read', 'votes:read'],
  });
  expect(checkPolicy(input, KNOWN)).toEqual({
    ...input,
    allowedApps: ['foapp_b', 'foapp_a'],
    permittedScopes: ['posts:read', 'votes:read'],
  });
});

test.each<[string, Partial<InstallPolicy>]>([
  ['allowed_apps "foapp_x" is not the client ID of an app', { allowedApps: ['foapp_a', 'foapp_x'] }],
  ['blocked_apps "" is not the client ID of an app', { blockedApps: [''] }],
  ['blocked_apps foapp_a is in the list of allowed apps', { allowedApps: ['foapp_a'], blockedApps: ['foapp_a'] }],
  [
    'allowed_apps must have at most 200 apps',
    { allowedApps: Array.from({ length: 201 }, (_, index) => `foapp_${index}`) },
  ],
  ['permitted_scopes "posts:eat" is not a known scope', { permittedScopes: ['posts:eat'] }],
])('rejects a policy: %s', (message, fields) => {
  expect(() => checkPolicy(policy(fields), KNOWN)).toThrow(message);
});
