import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ActorMode } from '../../gen/featureos/oauth/v1/actor_pb.ts';
import { InactiveReason, IntrospectResponseSchema } from '../../gen/featureos/oauth/v1/introspection_pb.ts';
import { BatchIntrospectResponseSchema } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { encodeBatch } from '../../services/introspection/rpc/wire-format.ts';

const id = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const timestamp = fc.record({
  seconds: fc.bigInt({ min: 0n, max: 253_402_300_799n }),
  nanos: fc.nat({ max: 999_999_999 }),
});
/** Also long texts, whose lengths take two or three bytes on the wire. */
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'grapheme' }) },
  fc.string({ minLength: 100, maxLength: 300, size: 'max' }),
  fc.integer({ min: 16_300, max: 16_500 }).map((length) => 'x'.repeat(length)),
);

const active = fc.record({
  active: fc.constant(true),
  clientId: text,
  installId: fc.uuid(),
  organization: fc.record({ id, subdomain: text }),
  actor: fc.record({ mode: fc.constantFrom(ActorMode.APP, ActorMode.SELF), userId: id }),
  scopes: fc.array(text, { maxLength: 19 }),
  issuedAt: timestamp,
  expiresAt: timestamp,
});
const inactive = fc.record({
  active: fc.constant(false),
  inactiveReason: fc.constantFrom(InactiveReason.MALFORMED, InactiveReason.UNKNOWN, InactiveReason.REVOKED),
});
const anyResponse: fc.Arbitrary<MessageInitShape<typeof IntrospectResponseSchema>> = fc.oneof(
  active,
  inactive,
  fc.constant({}),
);

test('a batch of encoded responses equals the encoded batch, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(anyResponse, { maxLength: 12 }), (generated) => {
      const responses = generated.map((each) => create(IntrospectResponseSchema, each));
      const encoded = encodeBatch(responses.map((response) => toBinary(IntrospectResponseSchema, response)));
      const batch = create(BatchIntrospectResponseSchema, { responses });
      expect(Buffer.compare(encoded, toBinary(BatchIntrospectResponseSchema, batch))).toBe(0);
      expect(fromBinary(BatchIntrospectResponseSchema, encoded)).toEqual(batch);
    }),
  );
});

test('the length of a response is encoded correctly on both sides of each limit between varint sizes', () => {
  for (const length of [0, 1, 127, 128, 129, 16_383, 16_384, 16_385, 2_097_151, 2_097_152]) {
    // Not a valid response: encodeBatch() only copies it.
    const bytes = new Uint8Array(length);
    const encoded = encodeBatch([bytes, bytes]);
    const varintSize = Math.max(1, Math.ceil(length.toString(2).length / 7));
    expect(encoded.length).toBe(2 * (1 + varintSize + length));
    let decoded = 0;
    for (let i = 0; i < varintSize; i++) decoded += ((encoded[1 + i] as number) & 0x7f) * 2 ** (7 * i);
    expect(decoded).toBe(length);
  }
});
