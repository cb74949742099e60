import { expect, test } from 'vitest';
import { SignIn } from '../../../services/auth-server/http/pages/sign-in.ts';

const signIn = new SignIn('https://platform.example/sign-in?from=oauth', 'https://auth.example');

const returnTo = (path: string) => new URL(signIn.addressFor(path) ?? '').searchParams.get('return_to');

test('the sign-in returns to the same request', () => {
  const address = new URL(signIn.addressFor('/consent?client_id=a&state=%26b') ?? '');
  expect(address.href).toMatch(/^https:\/\/platform\.example\/sign-in\?from=oauth&return_to=/);
  expect(address.searchParams.get('return_to')).toBe('https://auth.example/consent?client_id=a&state=%26b');
});

test.each([
  '//evil.example/',
  '/\\evil.example',
  '/\t/evil.example',
  'https://evil.example',
  'evil',
  '',
  '///evil.example',
])('never returns to another origin: %j', (path) => {
  expect(new URL(returnTo(path) ?? '').origin).toBe('https://auth.example');
});

test('without a sign-in URL there is no address to redirect to', () => {
  expect(new SignIn(undefined, 'https://auth.example').addressFor('/installs')).toBeUndefined();
});
