import { expect, test } from 'vitest';
import { authorizeLink, exchangeCommand } from '../../../services/web/src/developer/authorize-link.ts';
import { startUrlOf } from '../../../services/web/src/profile/start-url.ts';

const ISSUER = 'https://login.example/oauth-apps';

test('a start URL names the issuer with its path', () => {
  expect(startUrlOf({ initiateLoginUri: 'https://app.example/connect?from=list' }, ISSUER)).toBe(
    `https://app.example/connect?from=list&iss=${encodeURIComponent(ISSUER)}`,
  );
});

test('the requests of an app lead to the endpoints under the issuer', () => {
  const fields = {
    issuer: ISSUER,
    clientId: 'x',
    redirectUri: 'https://app.example',
    prefersSandbox: false,
    actor: 'app',
    scopes: [],
  } as const;
  const secrets = { state: 's', verifier: 'v', challenge: 'c' };
  expect(authorizeLink(fields, secrets)).toContain(`${ISSUER}/oauth/authorize?`);
  expect(exchangeCommand(fields, secrets)).toContain(`curl ${ISSUER}/oauth/token `);
});
