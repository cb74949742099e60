import { expect, test } from 'vitest';
import { AuthorizationResponder } from '../../../services/auth-server/domain/consent/authorization-response.ts';
import { Secret } from '../../../services/common/credentials/secret.ts';

const responder = new AuthorizationResponder('https://auth.example');
const code = new Secret('fooc_x');

test('a code response has state and issuer', () => {
  const address = responder.code({ redirectUri: 'https://app.example/callback', state: 'a b&c' }, code);
  expect(address).toBe('https://app.example/callback?code=fooc_x&state=a+b%26c&iss=https%3A%2F%2Fauth.example');
});

test('an error response has state and issuer', () => {
  const address = responder.error(
    { redirectUri: 'https://app.example', state: 's' },
    'access_denied',
    'the user declined',
  );
  expect(Object.fromEntries(new URL(address).searchParams)).toEqual({
    error: 'access_denied',
    error_description: 'the user declined',
    state: 's',
    iss: 'https://auth.example',
  });
});

test('returns no state if there was none', () => {
  expect(responder.code({ redirectUri: 'https://app.example/', state: '' }, code)).not.toContain('state');
});

test('keeps the query of the redirect URI', () => {
  const address = responder.code({ redirectUri: 'https://app.example/?next=%2Fhome&a', state: 's' }, code);
  expect(address).toBe('https://app.example/?next=%2Fhome&a&code=fooc_x&state=s&iss=https%3A%2F%2Fauth.example');
});
