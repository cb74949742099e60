import { expect, test } from 'vitest';
import { readConfig } from '../../../services/auth-server/config.ts';

const ENVIRONMENT = {
  DATABASE_URL: 'postgres://localhost/oauth',
  REDIS_URL: 'redis://localhost',
  CREDENTIAL_KEYS: 'a, b',
  WEBHOOK_KEYS: 'c',
  CALLER_TOKENS: 'gateway=x',
  SESSION_JWKS_URL: 'https://platform.example/jwks',
  SESSION_ISSUER: 'https://platform.example',
  SESSION_AUDIENCE: 'oauth',
};

test('what has no sensible default is required, and all of it is named at once', () => {
  const read = () => readConfig({});
  for (const name of Object.keys(ENVIRONMENT)) expect(read).toThrow(`${name} is required`);
});

test('with no more than what is required the server listens on loopback, closed', () => {
  expect(readConfig(ENVIRONMENT)).toMatchObject({
    httpHost: '127.0.0.1',
    grpcHost: '127.0.0.1',
    issuer: 'http://127.0.0.1:8080',
    openReflection: false,
    webhookAllowLoopback: false,
    credentialKeys: ['a', 'b'],
  });
});

test('the issuer has no slash at its end, since it is compared as a text', () => {
  expect(readConfig({ ...ENVIRONMENT, ISSUER: 'https://auth.example/' }).issuer).toBe('https://auth.example');
});

test('a secret value is not in the error about another one', () => {
  const environment = { ...ENVIRONMENT, CREDENTIAL_KEYS: 'canary', HTTP_PORT: 'many' };
  expect(() => readConfig(environment)).toThrow(/HTTP_PORT must be a whole number/);
  expect(() => readConfig(environment)).not.toThrow(/canary/);
});
