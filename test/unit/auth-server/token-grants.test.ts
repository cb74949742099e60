import { expect, test } from 'vitest';
import { ApiResources } from '../../../services/auth-server/domain/api-resources.ts';
import { type AppId, asOrganizationId, type SecretId } from '../../../services/auth-server/domain/ids.ts';
import type { GrantRequest, TokenGrant } from '../../../services/auth-server/domain/token/grants/grant.ts';
import { TokenGrants } from '../../../services/auth-server/domain/token/grants/token-grants.ts';

const grant = (type: string, kind: 'authorization_code' | 'refresh_token', parameter: string): TokenGrant => ({
  type,
  credentialOf: (parameters) => ({ text: parameters.get(parameter), kinds: [kind] }),
  issue: () => Promise.reject(new Error(`issued by ${type}`)),
});

const GRANTS = new TokenGrants(
  [grant('authorization_code', 'authorization_code', 'code'), grant('refresh_token', 'refresh_token', 'refresh_token')],
  new ApiResources([]),
);

const parametersOf = (values: Record<string, string>) => ({ get: (name: string) => values[name] ?? '', resources: [] });

const requestFor = (grantType: string): GrantRequest => ({
  found: { client: { id: 1 as AppId, clientId: 'client', ownerId: asOrganizationId(2), secretId: 3 as SecretId } },
  parameters: parametersOf({ grant_type: grantType }),
  initiator: { performedBy: 'app:client', ipAddress: '', requestId: '' },
  concurrentSuccess: false,
});

test('lists the grant types for the metadata', () => {
  expect(GRANTS.types).toEqual(['authorization_code', 'refresh_token']);
});

test('finds the credential in the parameter of the grant', () => {
  expect(GRANTS.credentialOf(parametersOf({ grant_type: 'authorization_code', code: 'c' }))).toEqual({
    text: 'c',
    kinds: ['authorization_code'],
  });
  expect(GRANTS.credentialOf(parametersOf({ grant_type: 'password', code: 'c' }))).toBeUndefined();
});

test('dispatches by grant_type', async () => {
  await expect(GRANTS.issue(requestFor('refresh_token'))).rejects.toThrow('issued by refresh_token');
});

test.for([
  ['', { code: 'invalid_request', message: 'grant_type is missing' }],
  ['password', { code: 'unsupported_grant_type', message: 'grant_type must be authorization_code or refresh_token' }],
] as const)('rejects grant_type %j', async ([grantType, error]) => {
  await expect(GRANTS.issue(requestFor(grantType))).rejects.toMatchObject(error);
});
