import { expect, test } from 'vitest';
import { withAddresses } from '../../../services/auth-server/http/pages/guide-addresses.ts';

const fillIn = withAddresses('http://127.0.0.1:8080', 'http://127.0.0.1:9000/api/v3');

test('pages of the guide have the addresses of the installation, also as the iss of a redirect', () => {
  const page = 'https://auth.example.com/docs https://api.example.com/api/v3/posts ?iss=https%3A%2F%2Fauth.example.com';
  expect(fillIn('/docs/authorization', Buffer.from(page)).toString()).toBe(
    'http://127.0.0.1:8080/docs http://127.0.0.1:9000/api/v3/posts ?iss=http%3A%2F%2F127.0.0.1%3A8080',
  );
});

test('other files stay as they are', () => {
  const file = Buffer.from('https://auth.example.com');
  expect(fillIn('/assets/main.js', file)).toBe(file);
});
