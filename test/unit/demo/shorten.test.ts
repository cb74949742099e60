import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { shorten } from '../../../scripts/demo/shorten.ts';
import { CredentialFormat } from '../../../services/common/credentials/format.ts';
import { CREDENTIAL_PREFIXES, type CredentialKind } from '../../../services/common/credentials/kinds.ts';

const format = new CredentialFormat([randomBytes(32).toString('hex')]);
const KINDS = Object.keys(CREDENTIAL_PREFIXES) as CredentialKind[];
const CLIENT_ID = 'foapp_X5uLyW01eYuoPUGP1uPX1C';

const FORMS: Record<string, (credential: string) => string> = {
  'a header': (credential) => `authorization: Bearer ${credential}`,
  'a JSON body': (credential) => JSON.stringify({ access_token: credential, token_type: 'Bearer' }),
  'a form body': (credential) => new URLSearchParams({ grant_type: 'x', code: credential, a: 'b' }).toString(),
  'a redirect URL': (credential) => `{"redirect_to":"http://127.0.0.1:4711/callback?code=${credential}&state=xyz"}`,
  'HTTP Basic': (credential) => `Basic ${Buffer.from(`${CLIENT_ID}:${credential}`).toString('base64')}`,
  'a line with several credentials': (credential) => `${credential} ${credential},${credential}`,
};

test.each(Object.entries(FORMS))('credentials of every kind are shortened in %s', (_name, put) => {
  for (const kind of KINDS) {
    const credential = format.mint(kind).reveal();
    const random = credential.slice(CREDENTIAL_PREFIXES[kind].length);
    const shown = shorten(put(credential));
    expect(shown).toContain(`${CREDENTIAL_PREFIXES[kind]}${random.slice(0, 3)}…${random.slice(-2)}`);
    expect(shown).not.toContain(random.slice(4, -3));
    expect(shown).not.toContain(Buffer.from(credential).toString('base64').slice(8, 40));
  }
});

test('HTTP Basic shows who authenticates', () => {
  const secret = format.mint('client_secret').reveal();
  const shown = shorten(`authorization: Basic ${Buffer.from(`${CLIENT_ID}:${secret}`).toString('base64')}`);
  expect(shown).toBe(`authorization: Basic (${CLIENT_ID}:fosec_${secret.slice(6, 9)}…${secret.slice(-2)})`);
});

test('a session JWT is cut before its claims', async () => {
  const jwt = await new SignJWT({ sub: '1' }).setProtectedHeader({ alg: 'HS256' }).sign(randomBytes(32));
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const shown = shorten(`authorization: Bearer ${jwt}`);
  expect(shown).toBe(`authorization: Bearer ${header.slice(0, 6)}…(session JWT)`);
  expect(shown).not.toContain(claims);
  expect(shown).not.toContain(signature);
});

test('service tokens and PKCE verifiers are shortened', () => {
  for (let round = 0; round < 50; round++) {
    const opaque = randomBytes(32).toString('base64url');
    expect(shorten(`authorization: Bearer ${opaque}`)).toBe(
      `authorization: Bearer ${opaque.slice(0, 4)}…(service token)`,
    );
    expect(shorten(`code=x&code_verifier=${opaque}&y=z`)).not.toContain(opaque.slice(5));
  }
});

test('does not shorten public text', () => {
  const text = `{"client_id":"${CLIENT_ID}","id":"01a20ccf-c717-747c-96bc-64840ad89d58","scope":"posts:read posts:write"}`;
  expect(shorten(text)).toBe(text);
});
