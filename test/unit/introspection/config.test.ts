import { expect, test } from 'vitest';
import { readConfig } from '../../../services/introspection/config.ts';

const ENVIRONMENT = {
  REDIS_URL: 'redis://localhost',
  AUTH_SERVER_TOKEN: 'a-service-token',
  CREDENTIAL_KEYS: 'a',
  CALLER_TOKENS: 'gateway=x',
};

test('what has no sensible default is required, and all of it is named at once', () => {
  const read = () => readConfig({});
  for (const name of Object.keys(ENVIRONMENT)) expect(read).toThrow(`${name} is required`);
});

test('with no more than what is required the server listens on loopback, closed', () => {
  expect(readConfig(ENVIRONMENT)).toMatchObject({ grpcHost: '127.0.0.1', openReflection: false });
});
