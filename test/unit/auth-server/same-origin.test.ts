import { expect, test } from 'vitest';
import { requireSameOrigin } from '../../../services/auth-server/callers/same-origin.ts';
import type { BrowserRequest } from '../../../services/common/callers/request-credentials.ts';

const OWN = 'https://auth.example';
const request = (fields: Partial<BrowserRequest>): BrowserRequest => ({
  method: 'POST',
  cookie: undefined,
  origin: undefined,
  secFetchSite: undefined,
  ...fields,
});

test.each([
  { origin: OWN },
  { origin: OWN, secFetchSite: 'same-origin' },
  { secFetchSite: 'same-origin' },
  { method: 'GET', origin: 'https://evil.example', secFetchSite: 'cross-site' },
  { method: 'HEAD' },
])('accepts %j', (fields) => {
  expect(() => requireSameOrigin(request(fields), OWN)).not.toThrow();
});

test.each([
  {},
  { origin: 'null' },
  { origin: '' },
  { origin: 'https://evil.example' },
  { origin: 'http://auth.example' },
  { origin: 'https://auth.example:8443' },
  { origin: 'https://auth.example.evil.example' },
  { origin: `${OWN}, ${OWN}` },
  { secFetchSite: 'same-site' },
  { secFetchSite: 'cross-site' },
  { secFetchSite: 'none' },
  { origin: OWN, secFetchSite: 'cross-site' },
  { method: 'DELETE', origin: 'https://evil.example' },
  { method: 'OPTIONS' },
])('rejects %j', (fields) => {
  expect(() => requireSameOrigin(request(fields), OWN)).toThrow('must come from the same origin');
});
