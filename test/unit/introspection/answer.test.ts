import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { TokenStateSchema } from '../../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { answerOf, inactiveAnswer } from '../../../services/introspection/source/answer.ts';

const ISSUED_AT = 1_700_000_000_000;
const EXPIRES_AT = 1_700_086_400_000;
const GRANTED = ['posts:read', 'posts:write', 'webhooks:manage'];

type Fields = Exclude<MessageInitShape<typeof TokenStateSchema>, { $typeName: string }>;
const state = (fields: Fields = {}) => {
  const all: Fields = {
    clientId: 'foapp_x',
    installId: '0198f1a2-0000-7000-8000-000000000001',
    organization: { id: 2n, subdomain: 'globex' },
    actor: { mode: ActorMode.SELF, userId: 2n },
    grantedScopes: GRANTED,
    role: Role.ADMIN,
    issuedAt: timestampFromMs(ISSUED_AT),
    expiresAt: timestampFromMs(EXPIRES_AT),
    ...fields,
  };
  return create(TokenStateSchema, all);
};
const decode = (bytes: Uint8Array) => fromBinary(IntrospectResponseSchema, bytes);

test('an active state becomes an active answer with all that a gateway needs', () => {
  const { bytes, expiresAt } = answerOf(state());
  expect(expiresAt).toBe(EXPIRES_AT);
  expect(decode(bytes)).toMatchObject({
    active: true,
    inactiveReason: InactiveReason.UNSPECIFIED,
    clientId: 'foapp_x',
    organization: { id: 2n, subdomain: 'globex' },
    actor: { mode: ActorMode.SELF, userId: 2n },
    scopes: GRANTED,
    issuedAt: timestampFromMs(ISSUED_AT),
    expiresAt: timestampFromMs(EXPIRES_AT),
  });
});

test.each([
  [Role.ADMIN, GRANTED],
  [Role.MANAGER, GRANTED],
  [Role.CSM, ['posts:read']],
  [Role.MEMBER, ['posts:read']],
  [Role.COLLABORATOR, ['posts:read']],
  [Role.UNSPECIFIED, []],
  [99 as Role, []],
])('the role %d caps a `self` token to %j', (role, scopes) => {
  expect(decode(answerOf(state({ role })).bytes).scopes).toEqual(scopes);
});

test('no role caps an `app` token', () => {
  const bot = state({ actor: { mode: ActorMode.APP, userId: 7n }, role: Role.UNSPECIFIED });
  expect(decode(answerOf(bot).bytes).scopes).toEqual(GRANTED);
});

test('an actor mode that this version does not know is capped like a user without a role', () => {
  const unknown = state({ actor: { mode: 99 as ActorMode, userId: 7n }, role: Role.UNSPECIFIED });
  expect(decode(answerOf(unknown).bytes).scopes).toEqual([]);
});

test('an inactive answer says why and nothing else, whatever else the state holds', () => {
  for (const inactiveReason of [InactiveReason.UNKNOWN, InactiveReason.REVOKED, InactiveReason.SUSPENDED]) {
    const { bytes, expiresAt } = answerOf(state({ inactiveReason }));
    expect(decode(bytes)).toEqual(create(IntrospectResponseSchema, { active: false, inactiveReason }));
    expect(expiresAt).toBe(0);
    expect(inactiveAnswer(inactiveReason).bytes).toEqual(bytes);
  }
});

test.each([
  'organization',
  'actor',
  'issuedAt',
  'expiresAt',
] as const)('an active state without %s is no answer but an error', (field) => {
  const incomplete = state();
  delete incomplete[field];
  expect(() => answerOf(incomplete)).toThrow('incomplete token state');
});
