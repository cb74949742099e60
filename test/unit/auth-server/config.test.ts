import { expect, test } from 'vitest';
import { readConfig } from '../../../services/auth-server/config.ts';

const ENVIRONMENT = {
  DATABASE_URL: 'postgres://localhost/oauth',
  REDIS_URL: 'redis://localhost',
  CREDENTIAL_KEYS: `${'a'.repeat(64)}, ${'b'.repeat(64)}`,
  WEBHOOK_KEYS: 'c'.repeat(64),
  CALLER_TOKENS: `gateway=${'d'.repeat(64)}`,
  SESSION_JWKS_URL: 'https://platform.example/jwks',
  SESSION_ISSUER: 'https://platform.example',
  SESSION_AUDIENCE: 'oauth',
};

test('one error names every missing setting that has no default', () => {
  const read = () => readConfig({});
  for (const name of Object.keys(ENVIRONMENT)) expect(read).toThrow(`${name} is required`);
});

test('with only the required settings the server listens on loopback, without open reflection or loopback webhooks', () => {
  expect(readConfig(ENVIRONMENT)).toMatchObject({
    httpHost: '127.0.0.1',
    grpcHost: '127.0.0.1',
    issuer: 'http://127.0.0.1:8080',
    resources: ['http://127.0.0.1:8083/api/v3'],
    openReflection: false,
    webhookAllowLoopback: false,
    credentialKeys: { items: ['a'.repeat(64), 'b'.repeat(64)] },
  });
});

test('removes a trailing slash of the issuer, since issuers are compared as text', () => {
  expect(readConfig({ ...ENVIRONMENT, ISSUER: 'https://auth.example/' }).issuer).toBe('https://auth.example');
});

test('an error about one setting does not contain a secret of another', () => {
  const environment = { ...ENVIRONMENT, CREDENTIAL_KEYS: 'canary', HTTP_PORT: 'many' };
  expect(() => readConfig(environment)).toThrow(/HTTP_PORT must be a whole number/);
  expect(() => readConfig(environment)).not.toThrow(/canary/);
});

test('names all invalid settings at once, without any secret', () => {
  const environment = {
    DATABASE_URL: 'mysql://root:canary@localhost/oauth',
    REDIS_URL: 'redis://:canary@localhost/first',
    CREDENTIAL_KEYS: 'canary',
    WEBHOOK_KEYS: `${'c'.repeat(64)},canary`,
    CALLER_TOKENS: 'gateway=canary',
    SESSION_JWKS_URL: 'platform.example/jwks',
    SESSION_COOKIE: 'two words',
    SIGN_IN_URL: '/sign-in',
    CONSENT_PAGE: '//evil.example',
    HTTP_HOST: 'a b',
    TRUSTED_PROXIES: '10.0.0.0/99',
    HTTP_MAX_CONNECTIONS: '1',
    ISSUER: 'auth.example',
    RESOURCES: 'https://api.example/api/v3,http://api.example',
    LOG_LEVEL: 'loud',
  };
  const read = () => readConfig({ ...ENVIRONMENT, ...environment });
  for (const name of Object.keys(environment)) expect(read).toThrow(new RegExp(`- ${name} must (be|have)`));
  expect(read).not.toThrow(/canary/);
});

test.each([
  'auth.example',
  '//auth.example',
  'ftp://auth.example',
  'http://auth.example',
  'http://10.0.0.1',
  'http://localhost.evil.example',
  'https://auth.example?tenant=1',
  'https://auth.example/?',
  'https://auth.example#top',
  'https://user:canary@auth.example',
  'https://@auth.example',
  'https://:@auth.example',
  'https://@auth.example/@acme',
  'https://AUTH.example',
  'https://auth.example:443',
  'https://auth.example/a/../b',
  'https://auth.example//',
  ' https://auth.example',
])('rejects the issuer %j', (issuer) => {
  expect(() => readConfig({ ...ENVIRONMENT, ISSUER: issuer })).toThrow('- ISSUER must');
});

test.each([
  'https://auth.example',
  'https://auth.example:8443',
  'https://auth.example/identity/v2',
  'https://auth.example/@acme',
  'http://localhost:8080',
  'http://127.0.0.1:8080',
  'http://[::1]:8080',
])('accepts the issuer %s', (issuer) => {
  expect(readConfig({ ...ENVIRONMENT, ISSUER: issuer }).issuer).toBe(issuer);
});

test('without ISSUER and TLS, HTTP_HOST must be a loopback host, since the default issuer is http', () => {
  expect(() => readConfig({ ...ENVIRONMENT, HTTP_HOST: '0.0.0.0' })).toThrow('- ISSUER must be https');
  expect(readConfig({ ...ENVIRONMENT, HTTP_HOST: '::1' }).issuer).toBe('http://[::1]:8080');
});
