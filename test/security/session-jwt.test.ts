import { createPublicKey } from 'node:crypto';
import { exportJWK, FlattenedSign, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { expectError } from '../support/expect-errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testBed } from '../support/test-bed.ts';
import { expectStatus, type HttpResponse, OWNER_ADMIN, REDIRECT_URI, type RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
let app: RegisteredApp;
beforeAll(async () => {
  app = await bed.world.registerApp();
});

const now = () => Math.floor(clock.now() / 1_000);
const claims = () => ({
  sub: String(OWNER_ADMIN),
  iss: 'https://platform.test',
  aud: 'featureos-oauth',
  exp: now() + 600,
});
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (wrong: Parameters<typeof bed.system.platform.sign>[1]) => bed.system.platform.sign(OWNER_ADMIN, wrong);
const withClaims = (changed: Record<string, unknown>) => sign({ claims: changed });

function callEndpoints(jwt: string): Promise<HttpResponse[]> {
  const headers = { authorization: `Bearer ${jwt}`, 'x-organization': 'acme' };
  const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: REDIRECT_URI, actor: 'app' });
  return Promise.all([
    bed.world.http('GET', '/oauth/apps', { headers }),
    bed.world.http('POST', '/oauth/apps', { headers, body: {} }),
    bed.world.http('DELETE', `/oauth/apps/${app.clientId}`, { headers }),
    bed.world.http('GET', '/oauth/installs', { headers }),
    bed.world.http('GET', `/oauth/authorize?${query}`, { headers }),
    bed.world.http('POST', '/oauth/authorize/consent', { headers, body: {} }),
  ]);
}

async function expectRejected(jwt: string): Promise<void> {
  for (const response of await bed.tables.unchangedBy(() => callEndpoints(jwt))) {
    expectError(response, 401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(JSON.stringify(response.body)).not.toContain(jwt);
  }
}

test('a valid JWT is accepted, so the others are rejected for their defects', async () => {
  const responses = await callEndpoints(await sign({ claims: {} }));
  expect(responses.map(({ status }) => status)).not.toContain(401);
  // One of the calls has deleted the app.
  app = await bed.world.registerApp();
});

test('rejects `alg: none` in any spelling, with and without a signature', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    const unsigned = `${encode({ alg, kid: 'k1' })}.${encode(claims())}`;
    const [, , signature] = (await sign({ claims: {} })).split('.');
    for (const end of ['', signature as string, 'AAAA']) await expectRejected(`${unsigned}.${end}`);
  }
});

test('rejects HS256 with the public key as its secret, in several encodings', async () => {
  const key = createPublicKey({ key: bed.system.platform.publicJwk as never, format: 'jwk' });
  for (const secret of [
    key.export({ type: 'spki', format: 'pem' }) as string,
    (key.export({ type: 'spki', format: 'pem' }) as string).trim(),
    key.export({ type: 'spki', format: 'der' }),
    JSON.stringify(bed.system.platform.publicJwk),
    bed.system.platform.publicJwk.x as string,
  ]) {
    const jwt = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(Buffer.from(secret));
    await expectRejected(jwt);
  }
});

test('rejects a JWT signed with another key, with any kid or none', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  await expectRejected(await sign({ key: privateKey, kid: 'k1' }));
  await expectRejected(await sign({ key: privateKey, kid: 'k2' }));
  await expectRejected(await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256' }).sign(privateKey));
});

test('rejects a JWT with its key, or the URL of its key, in the header', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  for (const header of [
    { jwk: await exportJWK(publicKey) },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/cert' },
  ]) {
    await expectRejected(await sign({ key: privateKey, header }));
  }
});

test('rejects a JWT with a critical extension (RFC 7515 section 4.1.11)', async () => {
  await expectRejected(await sign({ header: { crit: ['unknown'], unknown: true } }));
  // jose knows b64, which JWTs must not use (RFC 7797 section 7). The signature is valid with and without it.
  const payload = encode(claims());
  const { protected: header, signature } = await new FlattenedSign(Buffer.from(payload))
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', b64: false, crit: ['b64'] })
    .sign(bed.system.platform.privateKey);
  await expectRejected(`${header}.${payload}.${signature}`);
});

test('rejects an unknown kid', async () => {
  for (const kid of ['k2', '', '../../etc/passwd', "k1' OR '1'='1"]) await expectRejected(await sign({ kid }));
});

test('rejects a wrong issuer', async () => {
  const texts = ['https://evil.example', 'https://platform.test/', 'HTTPS://PLATFORM.TEST', ''];
  for (const iss of [...texts, undefined, ['https://platform.test']]) await expectRejected(await withClaims({ iss }));
});

test('rejects a wrong audience', async () => {
  for (const aud of ['another-service', '', undefined, ['another-service'], []])
    await expectRejected(await withClaims({ aud }));
});

test('rejects an expired JWT, even if it was accepted before', async () => {
  await expectRejected(await withClaims({ exp: now() - 60 }));
  const short = await withClaims({ exp: now() + 30 });
  const headers = { authorization: `Bearer ${short}`, 'x-organization': 'acme' };
  expectStatus(200, await bed.world.http('GET', '/oauth/apps', { headers }));
  clock.advance(60);
  await expectRejected(short);
});

test('rejects a missing exp and one that is not a time', async () => {
  for (const exp of [undefined, null, 'never', {}]) await expectRejected(await withClaims({ exp }));
});

test('rejects a JWT that is not valid yet, and says so', async () => {
  const early = await withClaims({ nbf: now() + 600 });
  await expectRejected(early);
  const [{ body }] = (await callEndpoints(early)) as [HttpResponse];
  expect(JSON.stringify(body)).toContain('the session JWT is not valid yet');
});

/** Tolerated: less than 5 seconds after `exp`, and up to 5 seconds before `nbf`. `iat` may be any time. */
test.each<[string, () => Record<string, unknown>, boolean]>([
  ['expired 4 s ago', () => ({ exp: now() - 4 }), true],
  ['expired 5 s ago', () => ({ exp: now() - 5 }), false],
  ['becomes valid in 5 s', () => ({ nbf: now() + 5 }), true],
  ['becomes valid in 6 s', () => ({ nbf: now() + 6 }), false],
  ['has iat and nbf 4 s ahead', () => ({ iat: now() + 4, nbf: now() + 4 }), true],
  ['has iat an hour ahead and no nbf', () => ({ iat: now() + 3_600 }), true],
  ['has iat a year ago', () => ({ iat: now() - 31_536_000 }), true],
])('clocks that differ: a JWT that %s', async (_what, changed, isAccepted) => {
  const jwt = await withClaims(changed());
  if (!isAccepted) return await expectRejected(jwt);
  const headers = { authorization: `Bearer ${jwt}`, 'x-organization': 'acme' };
  expectStatus(200, await bed.world.http('GET', '/oauth/apps', { headers }));
});

test('rejects nbf and iat that are not times', async () => {
  for (const claim of ['nbf', 'iat']) {
    for (const time of ['now', null, {}, '0']) await expectRejected(await withClaims({ [claim]: time }));
  }
});

test('rejects a subject that is not a user id', async () => {
  const texts = ['', '0', '-1', '1.0', '01', ' 1', '1 ', 'admin', '1e3', '9'.repeat(13), '1000000000000'];
  for (const sub of [...texts, undefined, 1, null, ['1']]) await expectRejected(await withClaims({ sub }));
});

test('rejects an oversize JWT', async () => {
  await expectRejected(await withClaims({ padding: 'x'.repeat(8_000) }));
});

test('rejects truncated, changed, recombined and malformed JWTs', async () => {
  const jwt = await sign({ claims: {} });
  const [header, payload, signature] = jwt.split('.') as [string, string, string];
  const forged = encode({ ...claims(), sub: '2' });
  for (const wrong of [
    `${header}.${forged}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}.${signature.slice(0, -4)}`,
    `${header}.${payload}.${signature}AAAA`,
    `${encode({ alg: 'ES256' })}.${payload}.${signature}`,
    `${encode({ alg: 'ES384', kid: 'k1' })}.${payload}.${signature}`,
    `${encode({ alg: 'RS256', kid: 'k1' })}.${payload}.${signature}`,
    `${encode({ kid: 'k1' })}.${payload}.${signature}`,
    `${encode({ alg: 5, kid: {} })}.${payload}.${signature}`,
    `${encode(null)}.${payload}.${signature}`,
    `${encode([])}.${encode('text')}.${signature}`,
    `AAAA.AAAA.AAAA`,
    `..`,
    `.${payload}.`,
    `${header}.${payload}`,
    `${jwt}.${signature}`,
    jwt.slice(0, 60),
    'garbage',
    'null',
  ]) {
    await expectRejected(wrong);
  }
});

test('rejects an Authorization header that is not `Bearer <JWT>`, and a JWT in the query string', async () => {
  const jwt = await sign({ claims: {} });
  await bed.tables.unchangedBy(async () => {
    const schemes = [`Basic ${jwt}`, `Token ${jwt}`, `Bearer${jwt}`, 'Bearer', 'Bearer '];
    for (const authorization of [jwt, ...schemes, `Bearer ${jwt} ${jwt}`, '']) {
      const headers = { authorization, 'x-organization': 'acme' };
      expectError(await bed.world.http('GET', '/oauth/apps', { headers }), 401);
    }
    const inQuery = `/oauth/apps?access_token=${jwt}&jwt=${jwt}`;
    expectError(await bed.world.http('GET', inQuery, { headers: { 'x-organization': 'acme' } }), 401);
  });
});
