import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { GetTokenStatesResponseSchema } from '../../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { asOrganizationId, asUserId, type InstallId } from '../../../services/auth-server/domain/ids.ts';
import type { TokenState } from '../../../services/auth-server/domain/token/token-store.ts';
import { toIntrospectResponse } from '../../../services/auth-server/rpc/introspect-response.ts';
import { encodeTokenStates } from '../../../services/auth-server/rpc/token-states-encoding.ts';

const ISSUED_AT = 1_700_000_000_000;
const EXPIRES_AT = 1_700_086_400_000;
const GRANTED = ['posts:read', 'posts:write', 'webhooks:manage'];

type Active = Extract<TokenState, { inactive?: never }>;
const state = (fields: Partial<Active> = {}): Active => ({
  stamps: [],
  clientId: 'foapp_x',
  installId: '0198f1a2-0000-7000-8000-000000000001' as InstallId,
  organization: { id: asOrganizationId(2), subdomain: 'globex' },
  actorMode: 'self',
  userId: asUserId(2),
  grantedScopes: GRANTED,
  role: 'admin',
  issuedAt: new Date(ISSUED_AT),
  expiresAt: new Date(EXPIRES_AT),
  ...fields,
});
const GENERATION = Buffer.alloc(8, 7);
const encoded = (given: readonly TokenState[], stamps?: Buffer, generation?: Buffer) =>
  new Uint8Array(
    encodeTokenStates({ generation, states: given.map((one) => ({ state: one, stamps })), cacheNodes: ['a', 'b'] }),
  );
const statesIn = (response: Uint8Array) => fromBinary(GetTokenStatesResponseSchema, response).states;
const allDecoded = (given: readonly TokenState[]) =>
  statesIn(encoded(given)).map(({ response }) => fromBinary(IntrospectResponseSchema, response));
const decoded = (given: TokenState) => allDecoded([given])[0];

test('encodes all fields of an active state', () => {
  expect(decoded(state())).toMatchObject({
    active: true,
    inactiveReason: InactiveReason.UNSPECIFIED,
    clientId: 'foapp_x',
    installId: '0198f1a2-0000-7000-8000-000000000001',
    organization: { id: 2n, subdomain: 'globex' },
    actor: { mode: ActorMode.SELF, userId: 2n },
    scopes: GRANTED,
    issuedAt: timestampFromMs(ISSUED_AT),
    expiresAt: timestampFromMs(EXPIRES_AT),
  });
});

test.each([
  ['admin', GRANTED],
  ['manager', GRANTED],
  ['csm', ['posts:read']],
  ['member', ['posts:read']],
  ['collaborator', ['posts:read']],
  [undefined, []],
] as const)('the role %s limits a `self` token to %j', (role, scopes) => {
  expect(decoded(state({ role }))?.scopes).toEqual(scopes);
});

test('an `app` token has all granted scopes without a role', () => {
  expect(decoded(state({ actorMode: 'app', role: undefined }))?.scopes).toEqual(GRANTED);
});

test.each([
  ['unknown', InactiveReason.UNKNOWN],
  ['revoked', InactiveReason.REVOKED],
  ['suspended', InactiveReason.SUSPENDED],
  ['user_not_member', InactiveReason.USER_NOT_MEMBER],
] as const)('an inactive state (%s) has a reason and nothing else', (inactive, inactiveReason) => {
  expect(decoded({ inactive, stamps: [] })).toEqual(
    create(IntrospectResponseSchema, { active: false, inactiveReason }),
  );
});

test('states are encoded in the given order, with texts of any length', () => {
  const subdomains = ['a', 'b'.repeat(63), 'c'.repeat(200), 'd'.repeat(70_000), 'ü'.repeat(90), ''];
  const states = subdomains.map((subdomain, index) =>
    state({ organization: { id: asOrganizationId(index + 1), subdomain } }),
  );
  const responses = allDecoded([...states, { inactive: 'unknown', stamps: [] }]);
  expect(responses.map(({ organization }) => organization?.subdomain)).toEqual([...subdomains, undefined]);
  expect(statesIn(encoded([]))).toEqual([]);
});

test.each([
  ['active', state()],
  [
    'with an organization id of 48 bits',
    state({ organization: { id: asOrganizationId(2 ** 48 - 1), subdomain: 'x' } }),
  ],
  ['with a bot as its actor', state({ actorMode: 'app', userId: 1_000_000_000_002 as Active['userId'] })],
  [
    'with milliseconds in its times',
    state({ issuedAt: new Date(ISSUED_AT + 1), expiresAt: new Date(EXPIRES_AT + 999) }),
  ],
  ['inactive', { inactive: 'revoked', stamps: [] }],
] as const)('the encoding of a response (%s) is that of protobuf-es', (_name, given: TokenState) => {
  const message = create(IntrospectResponseSchema, toIntrospectResponse(given));
  expect(statesIn(encoded([given]))[0]?.response).toEqual(toBinary(IntrospectResponseSchema, message));
});

test('a state with stamps is cacheable; without stamps and a generation, their fields are empty', () => {
  const stamps = Buffer.from('some stamps');
  const response = fromBinary(GetTokenStatesResponseSchema, encoded([state()], stamps, GENERATION));
  expect(response).toMatchObject({
    generation: new Uint8Array(GENERATION),
    cacheNodes: ['a', 'b'],
    states: [{ expiresAtMs: BigInt(EXPIRES_AT), cacheable: true, stamps: new Uint8Array(stamps) }],
  });
  const revoked = fromBinary(GetTokenStatesResponseSchema, encoded([{ inactive: 'revoked', stamps: [] }]));
  expect(revoked).toMatchObject({
    generation: new Uint8Array(),
    states: [{ expiresAtMs: 0n, cacheable: false, stamps: new Uint8Array() }],
  });
});
