import { expect, test } from 'vitest';
import { ServiceTokens, serviceTokenDigest } from '../../../services/common/callers/service-tokens.ts';

const TOKEN = 'a-token-of-more-than-thirty-two-characters';
const DIGEST = serviceTokenDigest(TOKEN);

test.each([
  'gateway',
  'platform',
  'operator',
  'introspection',
] as const)('a %s token is known by its digest and named after its kind', async (kind) => {
  expect(await new ServiceTokens([`${kind}=${DIGEST}`]).authenticate(TOKEN)).toEqual({ kind, name: kind });
});

test('a token can have a name for the audit log', async () => {
  const tokens = new ServiceTokens([`operator.ann-2=${DIGEST}`]);
  expect(await tokens.authenticate(TOKEN)).toEqual({ kind: 'operator', name: 'ann-2' });
});

test('accepts several tokens of one kind, so that they can be rotated', async () => {
  const next = `${TOKEN}-next`;
  const tokens = new ServiceTokens([`gateway=${DIGEST}`, `gateway.next=${serviceTokenDigest(next)}`]);
  expect(await tokens.authenticate(TOKEN)).toEqual({ kind: 'gateway', name: 'gateway' });
  expect(await tokens.authenticate(next)).toEqual({ kind: 'gateway', name: 'next' });
});

test('rejects an unknown token, and the digest of a token sent as a token', async () => {
  const tokens = new ServiceTokens([`gateway=${DIGEST}`]);
  for (const credential of ['', `${TOKEN} `, TOKEN.toUpperCase(), DIGEST, `gateway=${DIGEST}`, '__proto__']) {
    expect(await tokens.authenticate(credential)).toBeUndefined();
  }
  expect(await new ServiceTokens([]).authenticate(TOKEN)).toBeUndefined();
});

test.each([
  ['an unknown kind', `root=${DIGEST}`],
  ['a user', `user=${DIGEST}`],
  ['a plain token', `gateway=${TOKEN}`],
  ['a digest in capitals', `gateway=${DIGEST.toUpperCase()}`],
  ['a digest that is too short', `gateway=${DIGEST.slice(1)}`],
  ['a digest that is too long', `gateway=${DIGEST}0`],
  ['an empty name', `gateway.=${DIGEST}`],
  ['a name with a space', `gateway.a b=${DIGEST}`],
  ['a digest without a kind', DIGEST],
  ['nothing', ''],
])('rejects %s without quoting it', (_what, entry) => {
  const build = () => new ServiceTokens([`platform=${serviceTokenDigest('another')}`, entry]);
  const message =
    'each caller token must be kind=<sha256> or kind.name=<sha256>, kind one of gateway, platform, operator, introspection';
  expect(build).toThrow(new Error(message));
});

test('rejects a token of two callers, without quoting it', () => {
  const build = () => new ServiceTokens([`gateway=${DIGEST}`, `operator.ann=${DIGEST}`]);
  expect(build).toThrow(/^service:gateway and operator:ann have the same token$/);
});
