import { readFile } from 'node:fs/promises';
import { create } from '@bufbuild/protobuf';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { AppSchema } from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { fieldsOf, toRegisterRequest, toUpdateRequest } from '../../../packages/oauth-apps-cli/manifest/app-fields.ts';
import { parseManifest } from '../../../packages/oauth-apps-cli/manifest/manifest.ts';
import { describePlan, planChanges } from '../../../packages/oauth-apps-cli/manifest/plan.ts';
import { run } from '../../../packages/oauth-apps-cli/program.ts';
import { APP_FIELDS } from '../../../services/auth-server/domain/app/app-fields.ts';

const PACKAGE = new URL('../../../packages/oauth-apps-cli/', import.meta.url);
const MANIFEST = `name: Roadmapper
redirect_uris: [https://app.example/callback]
allowed_actor_modes: [app, self]
declared_scopes: [posts:read, posts:write]
`;
const APP = create(AppSchema, {
  clientId: 'foapp_1',
  name: 'Roadmapper',
  redirectUris: ['https://app.example/callback'],
  allowedActorModes: [ActorMode.APP, ActorMode.SELF],
  declaredScopes: ['posts:read', 'posts:write'],
});

const planOf = (manifest: string) => planChanges(fieldsOf(APP), parseManifest(manifest, 'app.yaml').fields);

test('the published schema has the fields of the API', async () => {
  const schema = JSON.parse(await readFile(new URL('manifest.schema.json', PACKAGE), 'utf8'));
  const { $schema, required = [], ...fields } = z.toJSONSchema(z.strictObject(APP_FIELDS), { io: 'input' });
  const logo = {
    description:
      'The path of a PNG, JPEG or WebP image, relative to this file; null: no logo. Left out, the logo stays.',
    type: ['string', 'null'],
  };
  const clientId = { type: 'string', description: 'The app to change. Default: the app with this name, or a new one.' };
  expect(schema).toEqual({
    $schema,
    title: 'An OAuth app',
    ...fields,
    properties: { client_id: clientId, ...fields.properties, logo },
    required: ['name'],
    if: { not: { required: ['client_id'] } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: required.filter((name) => name !== 'name') },
  });
});

test('the published schema requires what a new app needs, and only the name of an app that exists', async () => {
  const schema = JSON.parse(await readFile(new URL('manifest.schema.json', PACKAGE), 'utf8'));
  const accepts = new Ajv2020().compile(schema);
  expect(accepts(parse(MANIFEST))).toBe(true);
  expect(accepts({ client_id: 'foapp_1', name: 'Roadmapper' })).toBe(true);
  expect(accepts({ client_id: 'foapp_1' })).toBe(false);
  expect(accepts({ name: 'Roadmapper' })).toBe(false);
});

test('oauth-apps apps update has an option for each field of the API', async () => {
  const shorter = new Map([
    ['redirect_uris', 'redirect-uri'],
    ['allowed_actor_modes', 'actor-mode'],
    ['declared_scopes', 'scope'],
    ['subscribed_webhook_events', 'event'],
  ]);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await run(['apps', 'update', '--help']);
  const help = write.mock.calls.join('');
  write.mockRestore();
  for (const field of Object.keys(APP_FIELDS)) {
    expect(help).toContain(` --${shorter.get(field) ?? field.replaceAll('_', '-')} `);
  }
});

test('the manifest of the README is valid', async () => {
  const [, yaml] = /```yaml\n(.*?)```/s.exec(await readFile(new URL('README.md', PACKAGE), 'utf8')) as RegExpExecArray;
  const schema = JSON.parse(await readFile(new URL('manifest.schema.json', PACKAGE), 'utf8'));
  expect(new Ajv2020().validate(schema, parse(yaml as string))).toBe(true);
  expect(parseManifest(yaml as string, 'app.yaml').fields.name).toBe('Roadmapper');
});

describe('a plan', () => {
  test('creates an app that does not exist', () => {
    const plan = planChanges(undefined, parseManifest(MANIFEST, 'app.yaml').fields);
    expect(plan.action).toBe('create');
    expect(describePlan(plan, 'Roadmapper')).toContain('+ create Roadmapper\n    name: Roadmapper');
  });

  test('is empty for an app that equals its manifest, with lists in any order', () => {
    expect(planOf(MANIFEST.replace('[app, self]', '[self, app]'))).toEqual({ action: 'none', changes: [] });
  });

  test('keeps fields that the manifest does not have', () => {
    expect(planOf('name: Roadmapper').action).toBe('none');
  });

  test.each([
    ['a name', 'name: " Roadmapper "'],
    ['an empty text', 'name: Roadmapper\nwebhook_url: ""'],
    ['a description', 'name: Roadmapper\ndescription: >\n  Turns feedback\n\n  into a roadmap.\n'],
  ])('compares %s as the server stores it', (_, manifest) => {
    const app = { ...APP, description: 'Turns feedback into a roadmap.' };
    expect(planChanges(fieldsOf(app), parseManifest(manifest, 'app.yaml').fields).action).toBe('none');
  });

  test('lists what installs lose', () => {
    const plan = planOf(MANIFEST.replace('[posts:read, posts:write]', '[posts:read, comments:read]'));
    expect(describePlan(plan, 'Roadmapper (foapp_1)')).toBe(`~ change Roadmapper (foapp_1)
    declared_scopes:
      - posts:write  (from all installs, permanently)
      + comments:read`);
  });

  test('says that removing a mode ends installs', () => {
    const plan = planOf(MANIFEST.replace('[app, self]', '[app]'));
    expect(describePlan(plan, 'Roadmapper')).toContain('- self  (ends all installs with this mode)');
  });

  test('becomes a request with the changed fields only', () => {
    const { changes } = planOf(`${MANIFEST}webhook_url: https://app.example/hooks\nrequire_pkce: true\n`);
    const request = toUpdateRequest('foapp_1', Object.fromEntries(changes.map(({ field, to }) => [field, to])));
    expect(request).toMatchObject({ clientId: 'foapp_1', webhookUrl: 'https://app.example/hooks', requirePkce: true });
    expect([request.name, request.declaredScopes]).toEqual([undefined, undefined]);
  });
});

test('a manifest has actor modes and absent texts as in the HTTP API, a request has them as in the RPC', () => {
  const absent = { webhook_url: null, description: null, support_address: null };
  expect(fieldsOf(APP)).toMatchObject({ allowed_actor_modes: ['app', 'self'], require_pkce: false, ...absent });
  const request = { allowedActorModes: [1, 2], webhookUrl: '', description: '', supportAddress: '' };
  expect(toRegisterRequest(fieldsOf(APP))).toMatchObject(request);
});

test.each([
  ['- a list', /must have the fields of one app/],
  ['name: [', /app.yaml: /],
  ['name: A\nscopes: [posts:read]', /scopes is not a field of an app/],
  ['declared_scopes: [posts:read]', /name is required/],
  ['name: A\nlogo: [a.png]', /logo must be the path of an image/],
  ['name: A\nrequire_pkce: maybe', /require_pkce/],
  ['name: A\nallowed_actor_modes: [both]', /allowed_actor_modes/],
])('%j is rejected', (text, message) => {
  expect(() => parseManifest(text, 'app.yaml')).toThrow(message);
});
