import { expect, test } from 'vitest';
import { readConfig } from '../../../services/introspection/config.ts';

const ENVIRONMENT = {
  REDIS_URL: 'redis://localhost',
  AUTH_SERVER_TOKEN: 'a-service-token',
  CREDENTIAL_KEYS: 'a'.repeat(64),
  CALLER_TOKENS: `gateway=${'b'.repeat(64)}`,
};

test('one error names every missing setting that has no default', () => {
  const read = () => readConfig({});
  for (const name of Object.keys(ENVIRONMENT)) expect(read).toThrow(`${name} is required`);
});

test('by default gRPC listens on loopback, and reflection needs a credential', () => {
  expect(readConfig(ENVIRONMENT)).toMatchObject({ grpcHost: '127.0.0.1', openReflection: false });
});

test('by default HTTP is off, its host is loopback, and scopes come from the query; ext_authz does not remove tokens', () => {
  expect(readConfig(ENVIRONMENT)).toMatchObject({
    authzHttpHost: '127.0.0.1',
    authzHttpPort: undefined,
    authzScopeSource: 'query',
    authzRemovesToken: false,
  });
});

test('names all invalid settings at once, without showing the service token', () => {
  const environment = {
    REDIS_URL: 'http://localhost',
    AUTH_SERVER_TOKEN: 'two words',
    AUTH_SERVER_GRPC: 'auth-server',
    CREDENTIAL_KEYS: 'A'.repeat(64),
    CALLER_TOKENS: 'gateway=x',
    GRPC_HOST: 'no host',
    GRPC_PORT: '70000',
    AUTHZ_HTTP_HOST: 'no host',
    AUTHZ_HTTP_PORT: '70000',
    AUTHZ_SCOPE_SOURCE: 'both',
    AUTHZ_REMOVE_TOKEN: '1',
  };
  const read = () => readConfig(environment);
  for (const name of Object.keys(environment)) expect(read).toThrow(`- ${name} must be`);
  expect(read).not.toThrow('two words');
});
