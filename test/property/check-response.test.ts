import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../../gen/envoy/config/core/v3/base_pb.ts';
import { CheckResponseSchema } from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { type Identity, identityOf } from '../../services/introspection/authorization/identity.ts';
import { CheckResponseEncoder } from '../../services/introspection/rpc/check-response-encoder.ts';

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ maxLength: 9, unit: 'binary' }),
  fc.constant('y'.repeat(5_000)),
);
const id = fc.oneof(
  fc.bigInt({ min: 1n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
  fc.constantFrom(10n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 53n - 1n),
);

const response = fc.record({
  clientId: text,
  installId: text,
  organization: fc.record({ id, subdomain: text }),
  actor: fc.record({ mode: fc.constantFrom(ActorMode.APP, ActorMode.SELF), userId: id }),
  scopes: fc.array(text, { maxLength: 25 }),
});

type ResponseFields = typeof response extends fc.Arbitrary<infer T> ? T : never;
const encoded = (fields: MessageInitShape<typeof IntrospectResponseSchema>) =>
  toBinary(IntrospectResponseSchema, create(IntrospectResponseSchema, fields));

const TIMES = { issuedAt: { seconds: 1_700_000_000n, nanos: 5 }, expiresAt: { seconds: 1_700_086_400n } };

const headersOf = ({ clientId, installId, organization, actor, scopes }: ResponseFields) => ({
  'x-oauth-organization-id': String(organization.id),
  'x-oauth-organization': organization.subdomain,
  'x-oauth-client-id': clientId,
  'x-oauth-install-id': installId,
  'x-oauth-actor': actor.mode === ActorMode.APP ? 'app' : 'self',
  'x-oauth-user-id': String(actor.userId),
  'x-oauth-scopes': scopes.join(' '),
});

/** The expected response, decoded, with every field that Envoy reads. */
const allowedResponse = (fields: ResponseFields, removed: string[]) =>
  create(CheckResponseSchema, {
    status: { code: 0 },
    httpResponse: {
      case: 'okResponse',
      value: {
        headers: Object.entries(headersOf(fields)).map(([key, value]) => ({
          header: { key, value },
          appendAction: AppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
        })),
        headersToRemove: removed,
      },
    },
    dynamicMetadata: {
      organization_id: String(fields.organization.id),
      organization: fields.organization.subdomain,
      client_id: fields.clientId,
      install_id: fields.installId,
      actor: fields.actor.mode === ActorMode.APP ? 'app' : 'self',
      user_id: String(fields.actor.userId),
      scopes: fields.scopes,
    },
  });

const SMALL: ResponseFields = {
  clientId: 'foapp_x',
  installId: 'install',
  organization: { id: 2n, subdomain: 'globex' },
  actor: { mode: ActorMode.APP, userId: 3n },
  scopes: ['posts:read'],
};

test('a decoder reads every field of an allowed response', () => {
  const encoders = [new CheckResponseEncoder(false), new CheckResponseEncoder(true)] as const;
  fc.assert(
    fc.property(response, fc.boolean(), (fields, removesToken) => {
      const identity = identityOf(encoded({ active: true, ...fields, ...TIMES }));
      const bytes = encoders[removesToken ? 1 : 0].allowed(identity as Identity);
      expect(fromBinary(CheckResponseSchema, bytes)).toEqual(
        allowedResponse(fields, removesToken ? ['authorization'] : []),
      );
    }),
    { numRuns: 1_000 },
  );
});

test('encodes a response correctly after more combinations of text lengths than templates are cached', () => {
  const encoder = new CheckResponseEncoder(false);
  for (let clientLength = 0; clientLength < 64; clientLength++) {
    for (let installLength = 0; installLength < 80; installLength++) {
      const fields = { ...SMALL, clientId: 'c'.repeat(clientLength), installId: 'i'.repeat(installLength) };
      encoder.allowed(identityOf(encoded({ active: true, ...fields })) as Identity);
    }
  }
  const bytes = encoder.allowed(identityOf(encoded({ active: true, ...SMALL })) as Identity);
  expect(fromBinary(CheckResponseSchema, bytes)).toEqual(allowedResponse(SMALL, []));
});

test('an inactive token has no identity, and an incomplete response is an error', () => {
  expect(identityOf(encoded({ inactiveReason: InactiveReason.REVOKED }))).toBeUndefined();
  const whole = {
    active: true,
    organization: { id: 2n, subdomain: 'globex' },
    actor: { mode: ActorMode.APP, userId: 3n },
  };
  const identity = identityOf(encoded(whole));
  expect(identity).toMatchObject({ organizationId: 2, userId: 3 });
  expect(String(identity?.actor)).toBe('app');
  for (const incomplete of [
    {},
    { active: true },
    { ...whole, organization: {} },
    { ...whole, organization: { id: -1n } },
    { ...whole, organization: { id: 2n ** 53n } },
    { ...whole, actor: { mode: ActorMode.APP } },
    { ...whole, actor: { mode: 9 as ActorMode, userId: 3n } },
  ]) {
    expect(() => identityOf(encoded(incomplete))).toThrow('incomplete');
  }
  expect(() => identityOf(encoded(whole).subarray(0, -1))).toThrow('incomplete');
});
