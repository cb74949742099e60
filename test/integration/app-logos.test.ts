import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { MAX_LOGO_BYTES } from '../../services/auth-server/logos/logo-bounds.ts';
import { jpeg, png, pngChunk } from '../support/images.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, OWNER, OWNER_ADMIN, type RegisteredApp, STRANGER, TARGET_ADMIN } from '../support/world.ts';

const bed = testBed();

const LOGO_PATH = /^\/app-logos\/[0-9a-f]{64}\.png$/;
const upload = async (app: RegisteredApp, image = png()) =>
  expectStatus(200, await bed.world.putLogo(app, image)).body.app;
const remove = ({ clientId }: RegisteredApp, admin = OWNER) =>
  bed.world.asAdmin(admin, 'DELETE', `/oauth/apps/${clientId}/logo`);
const actions = async ({ clientId }: RegisteredApp) =>
  (await bed.world.operator.listAuditEvents({ clientId })).events.map(({ action }) => action);

test('a logo is public, at an address whose content never changes', async () => {
  const app = await bed.world.registerApp();
  const { logo_path: path } = await upload(app);
  expect(path).toMatch(LOGO_PATH);
  const response = await fetch(bed.system.issuer + path);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'public, max-age=31536000, immutable',
    'cross-origin-resource-policy': 'cross-origin',
  });
  const content = Buffer.from(await response.arrayBuffer());
  expect(path).toContain(createHash('sha256').update(content).digest('hex'));
});

test('a logo is shown with the app, on consent and in the list of installs', async () => {
  const app = await bed.world.registerApp({ description: 'Plans.' });
  const { logo_path } = await upload(app);
  expect(await bed.world.readApp(app)).toMatchObject({ logo_path });
  await bed.world.install(app);
  const consent = await bed.world.view(app);
  expect(consent.body.app.profile).toMatchObject({ logo_path, description: 'Plans.' });
  const install = await bed.world.installOf(app);
  expect(install.app_profile).toMatchObject({ logo_path, description: 'Plans.' });
  expect(consent.body.organizations[0].installed.app_profile).toEqual(install.app_profile);
});

test('a logo can be replaced and removed; the old one is then not found', async () => {
  const app = await bed.world.registerApp();
  const first = await upload(app, png({ width: 4, height: 16 }));
  const second = await upload(app, png({ width: 16, height: 4 }));
  expect(second.logo_path).not.toBe(first.logo_path);
  expect((await bed.world.http('GET', first.logo_path)).status).toBe(404);
  expect((await remove(app)).status).toBe(204);
  expect((await remove(app)).status).toBe(204);
  expect((await bed.world.readApp(app)).logo_path).toBeNull();
  expect((await bed.world.http('GET', second.logo_path)).status).toBe(404);
  expect(await actions(app)).toEqual(['app.logo_removed', 'app.logo_changed', 'app.logo_changed', 'app.registered']);
});

test('the same logo again changes nothing', async () => {
  const app = await bed.world.registerApp();
  const first = await upload(app);
  expect(await upload(app)).toEqual(first);
  expect(await actions(app)).toEqual(['app.logo_changed', 'app.registered']);
});

test('another file of the same picture changes only the hash of the image that was uploaded', async () => {
  const app = await bed.world.registerApp();
  const sha256 = (image: Buffer) => createHash('sha256').update(image).digest('hex');
  const commented = png({ chunks: [pngChunk('tEXt', Buffer.from('Comment\0new'))] });
  const first = await upload(app, png());
  expect(first.logo_source_sha256).toBe(sha256(png()));
  const logo_source_sha256 = sha256(commented);
  expect(await upload(app, commented)).toEqual({ ...first, logo_source_sha256 });
  expect(await bed.world.readApp(app)).toEqual({ ...first, logo_source_sha256 });
  expect(await actions(app)).toEqual(['app.logo_changed', 'app.registered']);
});

test('a logo that two apps share is served until both are deleted', async () => {
  const [one, other] = [await bed.world.registerApp(), await bed.world.registerApp()];
  const { logo_path } = await upload(one, jpeg());
  expect((await upload(other, jpeg())).logo_path).toBe(logo_path);
  await bed.world.deleteApp(one);
  expect((await bed.world.http('GET', logo_path)).status).toBe(200);
  await bed.world.deleteApp(other);
  expect((await bed.world.http('GET', logo_path)).status).toBe(404);
});

test('the content determines the type, not the Content-Type of the client', async () => {
  const app = await bed.world.registerApp();
  expect((await bed.world.putLogo(app, jpeg(), 'image/png')).status).toBe(200);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const refused = await bed.world.putLogo(app, svg, 'image/png');
  expect(refused).toMatchObject({ status: 422, body: { errors: { logo: ['must be a PNG, JPEG or WebP image'] } } });
  expect((await bed.world.putLogo(app, svg, 'image/svg+xml')).status).toBe(415);
  expect((await bed.world.putLogo(app, png(), 'application/json')).status).toBe(400);
});

test('only admins of the owner can remove a logo', async () => {
  const app = await bed.world.registerApp();
  const { logo_path } = await upload(app);
  expect((await remove(app, { ...OWNER, admin: TARGET_ADMIN })).status).toBe(403);
  expect((await remove(app, { admin: STRANGER, subdomain: 'initech' })).status).toBe(404);
  expect((await bed.world.readApp(app)).logo_path).toBe(logo_path);
});

test('a body that is too large is refused, and without a session before it is read', async () => {
  const app = await bed.world.registerApp();
  const large = Buffer.alloc(MAX_LOGO_BYTES + 1);
  expect((await bed.world.putLogo(app, large)).status).toBe(413);
  const headers = { 'content-type': 'image/png', 'x-organization': 'acme' };
  const path = `/oauth/apps/${app.clientId}/logo`;
  expect((await bed.world.http('PUT', path, { headers, body: large })).status).toBe(401);
});

test('limits the concurrent uploads of an organization', async () => {
  const app = await bed.world.registerApp();
  const responses = await Promise.all(Array.from({ length: 8 }, () => bed.world.putLogo(app, png())));
  const statuses = responses.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(responses.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('5');
  expect((await bed.world.putLogo(app, png())).status).toBe(200);
});

test('other endpoints do not accept images', async () => {
  const authorization = `Bearer ${await bed.system.platform.sign(OWNER_ADMIN)}`;
  const headers = { authorization, 'x-organization': 'acme', 'content-type': 'image/png' };
  expect((await bed.world.http('POST', '/oauth/apps', { headers, body: png() })).status).toBe(415);
});

test.each([
  '/app-logos/x.png',
  `/app-logos/${'0'.repeat(64)}.png`,
  `/app-logos/${'0'.repeat(64)}`,
  '/app-logos/%00.png',
])('%s is not found', async (path) => {
  const response = await bed.world.http('GET', path);
  expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
});
