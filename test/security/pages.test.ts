/** The pages: headers against framing, inline code, caching and referrers; where sign-in returns; no path leaves their folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sendHttp } from '../support/send-http.ts';
import { testBed } from '../support/test-bed.ts';
import { TARGET_ADMIN } from '../support/world.ts';

const webRoot = mkdtempSync(join(tmpdir(), 'pages-'));
for (const page of ['consent.html', 'console.html']) writeFileSync(join(webRoot, page), `<title>${page}</title>`);
writeFileSync(join(webRoot, 'favicon.svg'), '<svg/>');
afterAll(() => rmSync(webRoot, { recursive: true }));

const bed = testBed({ webRoot, signInUrl: 'https://platform.test/sign-in' });
const PAGES = ['/consent?client_id=x', '/installs', '/installs/globex', '/apps/acme/foapp_x/edit'];

const signedIn = async () => ({ cookie: `featureos_session=${await bed.system.platform.sign(TARGET_ADMIN)}` });

describe.each(PAGES)('%s', (path) => {
  test('headers against clickjacking, injection, caching and referrer leaks', async () => {
    const { status, headers } = await bed.world.http('GET', path, { headers: await signedIn() });
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).toMatch(/base-uri 'none'; form-action 'none'/);
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('signed out: the sign-in returns to the same URL', async () => {
    const { status, headers } = await bed.world.http('GET', path);
    expect(status).toBe(302);
    expect(headers.get('cache-control')).toBe('no-store');
    const location = new URL(headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe('https://platform.test/sign-in');
    expect(location.searchParams.get('return_to')).toBe(bed.system.issuer + path);
  });
});

const EVIL = ['//evil.example/x', '/%5Cevil.example', 'https://evil.example', '/x@evil.example'];
test.each(EVIL)('open redirect: with return_to=%s, the sign-in returns to our own origin', async (path) => {
  const { headers } = await bed.world.http('GET', `/sign-in?return_to=${path}`);
  const returnTo = new URL(headers.get('location') ?? '').searchParams.get('return_to') ?? '';
  expect(new URL(returnTo).origin).toBe(bed.system.issuer);
});

test.each([
  '/assets/../consent.html',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%2e%2e/console.html',
  '/assets//',
  '/assets/',
])('path traversal: %s is not found', async (path) => {
  expect((await sendHttp(Number(new URL(bed.system.issuer).port), path)).status).toBe(404);
});
