/**
 * The configurations in deploy/gateways that no test runs: a request passes only if introspection allows it, and their scopes
 * exist. APISIX and Traefik also pass the identity headers of introspection.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isKnownScope } from '../../../services/common/scopes/catalog.ts';
import { IDENTITY_HEADERS, SCOPES_HEADER } from '../../../services/introspection/authorization/identity-headers.ts';

const FOLDER = join(import.meta.dirname, '../../../deploy/gateways');
const NAMES = [...IDENTITY_HEADERS.map(([name]) => name), SCOPES_HEADER];
const textOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

/** The documents of a file; throws for invalid YAML and repeated keys. */
function parse(file: string): unknown[] {
  return parseAllDocuments(textOf(file), { merge: true }).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS();
  });
}

/** The values of all keys with a name, at any depth. */
function valuesOf(key: string, node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = Object.entries(node).filter(([name]) => name === key);
  return [...own.map(([, value]) => value), ...Object.values(node).flatMap((child) => valuesOf(key, child))];
}

test.each(readdirSync(FOLDER))('%s has a README', (name) => {
  expect(textOf(`${name}/README.md`)).toMatch(/^# /);
});

test.each(['envoy/envoy.yaml', 'istio/api.yaml', 'contour/api.yaml'])('%s names scopes that exist', (file) => {
  const scopes = valuesOf('oauth-scope', parse(file)) as string[];
  expect(scopes.length).toBeGreaterThan(1);
  expect(scopes.flatMap((text) => text.split(' ')).filter((scope) => !isKnownScope(scope))).toEqual([]);
});

describe('a request passes only if introspection allows it', () => {
  test('envoy', () => {
    const [filter] = valuesOf('typed_config', parse('envoy/envoy.yaml')).filter((config) =>
      String((config as Record<string, unknown>)['@type']).endsWith('.ExtAuthz'),
    );
    expect(filter).toMatchObject({
      transport_api_version: 'V3',
      failure_mode_allow: false,
      status_on_error: { code: 'ServiceUnavailable' },
      allowed_headers: { patterns: [{ exact: 'authorization' }] },
    });
  });

  test('istio', () => {
    const [provider] = valuesOf('envoyExtAuthzGrpc', parse('istio/mesh-config.yaml'));
    expect(provider).toMatchObject({ failOpen: false, statusOnError: '503' });
    const [policy] = parse('istio/api.yaml');
    expect(policy).toMatchObject({ spec: { action: 'CUSTOM', provider: { name: 'oauth' } } });
    expect(valuesOf('extensionProviders', parse('istio/mesh-config.yaml'))).toMatchObject([[{ name: 'oauth' }]]);
  });

  test('contour', () => {
    expect(valuesOf('authorization', parse('contour/api.yaml'))).toMatchObject([{ failOpen: false }]);
    expect(valuesOf('authPolicy', parse('contour/api.yaml'))).not.toContainEqual(
      expect.objectContaining({ disabled: true }),
    );
  });

  test('apisix', () => {
    const plugins = valuesOf('forward-auth', parse('apisix/apisix.yaml'));
    expect(plugins).toHaveLength((valuesOf('routes', parse('apisix/apisix.yaml'))[0] as unknown[]).length);
    for (const plugin of plugins) {
      expect(plugin).toMatchObject({
        allow_degradation: false,
        status_on_error: 503,
        request_headers: ['Authorization'],
      });
      expect((plugin as { upstream_headers: unknown }).upstream_headers).toEqual(NAMES);
      expectScopes((plugin as { uri: string }).uri);
    }
  });

  test('traefik', () => {
    const [document] = parse('traefik/dynamic.yaml');
    const middlewares = valuesOf('forwardAuth', document);
    expect(middlewares.length).toBeGreaterThan(0);
    for (const forwardAuth of middlewares) {
      expect(forwardAuth).toMatchObject({ authRequestHeaders: ['authorization'], authResponseHeaders: NAMES });
      expect(forwardAuth).not.toHaveProperty('trustForwardHeader');
      expectScopes((forwardAuth as { address: string }).address);
    }
    const routers = (document as { http: { routers: Record<string, { middlewares: string[] }> } }).http.routers;
    expect(Object.keys(routers).length).toBeGreaterThan(0);
    for (const { middlewares: used } of Object.values(routers))
      expect(used).toEqual([expect.stringMatching(/^oauth-/)]);
  });
});

function expectScopes(address: string): void {
  const url = new URL(address);
  expect(url.pathname).toBe('/authz/forward');
  const scopes = url.searchParams.get('scope')?.split(' ') ?? [];
  expect(scopes.length).toBeGreaterThan(0);
  expect(scopes.filter((scope) => !isKnownScope(scope))).toEqual([]);
}
