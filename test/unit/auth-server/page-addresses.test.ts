import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withAddresses } from '../../../services/auth-server/http/pages/page-addresses.ts';

const fillIn = withAddresses('http://127.0.0.1:8080', 'http://127.0.0.1:9000/api/v3');

test('pages of the guide have the addresses of the deployment, also as the iss of a redirect', () => {
  const page = 'https://auth.example.com/docs https://api.example.com/api/v3/posts ?iss=https%3A%2F%2Fauth.example.com';
  expect(fillIn('/docs/authorization', Buffer.from(page)).toString()).toBe(
    'http://127.0.0.1:8080/docs http://127.0.0.1:9000/api/v3/posts ?iss=http%3A%2F%2F127.0.0.1%3A8080',
  );
});

test('the console has the issuer, which may have a path', () => {
  const source = readFileSync(new URL('../../../services/web/console.html', import.meta.url));
  const fill = withAddresses('https://login.example/oauth-apps', 'https://api.example');
  expect(fill('/console.html', source).toString()).toContain(
    '<meta name="issuer" content="https://login.example/oauth-apps">',
  );
});

test('other files stay as they are', () => {
  const file = Buffer.from('https://auth.example.com');
  expect(fillIn('/assets/main.js', file)).toBe(file);
});
