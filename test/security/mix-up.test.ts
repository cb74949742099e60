import { expect, test } from 'vitest';
import { registeredApp, testBed } from '../support/test-bed.ts';

const bed = testBed();
const app = registeredApp(bed);

test('mix-up: every authorization response, with a code or an error, has its issuer exactly once', async () => {
  const responses = [
    await bed.world.consent(app),
    await bed.world.consent(app, { decision: 'deny' }),
    await bed.world.consent(app, { scope: 'nope' }),
    await bed.world.consent(app, { response_type: 'token' }),
    await bed.world.consent(app, { actor: 'nobody' }),
    await bed.world.consent(app, { code_challenge: 'x' }),
    await bed.world.consent(app, { state: 'x'.repeat(3_000) }),
    await bed.world.view(app, { scope: 'nope' }),
  ];
  for (const { body } of responses) {
    expect(new URL(body.redirect_to).searchParams.getAll('iss')).toEqual([bed.system.issuer]);
  }
});

test('mix-up: responses have the issuer of the metadata, which lists support for `iss`', async () => {
  const { body } = await bed.world.http('GET', '/.well-known/oauth-authorization-server');
  const { searchParams } = new URL((await bed.world.consent(app)).body.redirect_to);
  expect(searchParams.get('iss')).toBe(body.issuer);
  expect(body.authorization_response_iss_parameter_supported).toBe(true);
});

test('mix-up: neither `iss` nor `code` can be injected through state or parameters of the request', async () => {
  const { body } = await bed.world.consent(app, {
    state: 's&iss=https://evil.example&code=fooc_evil#',
    iss: 'https://evil.example',
    code: 'fooc_evil',
  });
  const { searchParams, hash } = new URL(body.redirect_to);
  expect(searchParams.getAll('iss')).toEqual([bed.system.issuer]);
  expect(searchParams.getAll('code')).toEqual([expect.stringMatching(/^fooc_[0-9A-Za-z]{38}$/)]);
  expect(searchParams.get('state')).toBe('s&iss=https://evil.example&code=fooc_evil#');
  expect(hash).toBe('');
});
