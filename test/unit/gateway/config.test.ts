import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { readConfig } from '../../../services/gateway/config.ts';
import { startGateway } from './support/gateway.ts';
import { SERVICE_TOKEN } from './support/replica.ts';

test('by default all services are on one machine', () => {
  expect(readConfig({ SERVICE_TOKEN })).toMatchObject({
    httpHost: '127.0.0.1',
    httpPort: 8083,
    resource: 'http://127.0.0.1:8083/api/v3',
    issuer: 'http://127.0.0.1:8080',
    introspectionAddresses: ['127.0.0.1:8084'],
    introspectionTimeoutMs: 1_000,
    introspectionMaxBatch: 32,
    introspectionMaxWaitMs: 1,
    authServerGrpc: ['127.0.0.1:8081'],
    logLevel: 'info',
  });
});

test('INTROSPECTION_ADDRESSES is a list of replicas', () => {
  const { introspectionAddresses } = readConfig({ SERVICE_TOKEN, INTROSPECTION_ADDRESSES: '10.0.0.1:1, 10.0.0.2:2' });
  expect(introspectionAddresses).toEqual(['10.0.0.1:1', '10.0.0.2:2']);
});

test('names invalid and missing settings in one error', () => {
  expect(() => readConfig({ INTROSPECTION_TIMEOUT_MS: '0', HTTP_PORT: 'x' })).toThrow(
    /HTTP_PORT.*INTROSPECTION_TIMEOUT_MS.*SERVICE_TOKEN/s,
  );
});

test('names every invalid setting, without showing the service token', () => {
  const environment = {
    HTTP_HOST: 'a b',
    RESOURCE: 'https://api.example#v3',
    ISSUER: 'http://auth.example',
    INTROSPECTION_ADDRESSES: '10.0.0.1:1,10.0.0.2',
    AUTH_SERVER_GRPC: '::1:8081',
    SERVICE_TOKEN: 'canary with a space',
  };
  const read = () => readConfig(environment);
  for (const name of Object.keys(environment)) expect(read).toThrow(new RegExp(`- ${name} must (be|not have)`));
  expect(read).not.toThrow('canary');
});

test('without TLS, the default RESOURCE is accepted only if HTTP_HOST is a loopback host', () => {
  expect(() => readConfig({ SERVICE_TOKEN, HTTP_HOST: '0.0.0.0' })).toThrow('- RESOURCE must be https');
  const { resource } = readConfig({ SERVICE_TOKEN, HTTP_HOST: '0.0.0.0', RESOURCE: 'https://api.example/' });
  expect(resource).toBe('https://api.example');
});

test('a printed configuration does not show the service token', () => {
  const config = readConfig({ SERVICE_TOKEN });
  expect(inspect(config) + JSON.stringify(config)).not.toContain(SERVICE_TOKEN);
});

test('a gateway does not start with a service token that has a space, and does not show it', async () => {
  const refused = startGateway({ introspection: ['127.0.0.1:1'], serviceToken: 'canary with a space' });
  await expect(refused).rejects.toThrow(/^the service token must be ((?!canary).)*$/);
});

test('traces are off without an endpoint, and the sampling ratio is from 0 to 1', () => {
  expect(readConfig({ SERVICE_TOKEN, OTEL_TRACES_SAMPLER_ARG: '1' }).tracing).toBeUndefined();
  const endpoint = 'http://collector.example:4318';
  const environment = { SERVICE_TOKEN, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  expect(readConfig(environment).tracing).toEqual({ endpoint, ratio: 0.01, exportIntervalMs: 5_000 });
  const changed = { OTEL_TRACES_SAMPLER_ARG: '0.5', OTEL_BSP_SCHEDULE_DELAY: '100' };
  expect(readConfig({ ...environment, ...changed }).tracing).toEqual({ endpoint, ratio: 0.5, exportIntervalMs: 100 });
  for (const ratio of ['-1', '1.1', 'all', '1e-3', '.']) {
    expect(() => readConfig({ ...environment, OTEL_TRACES_SAMPLER_ARG: ratio })).toThrow(
      'OTEL_TRACES_SAMPLER_ARG must be',
    );
  }
});
