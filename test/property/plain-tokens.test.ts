import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchIntrospectRequestSchema } from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { plainTokens } from '../../services/introspection/rpc/wire-format.ts';

/** The bytes before and after a message in its buffer. */
const surroundings = fc.record({ before: fc.uint8Array({ maxLength: 3 }), after: fc.uint8Array({ maxLength: 3 }) });

function plainTokensAt({ before, after }: { before: Uint8Array; after: Uint8Array }, bytes: Uint8Array) {
  const all = Buffer.concat([before, bytes, after]);
  return plainTokens(all, before.length, before.length + bytes.length);
}

/** Encoded batch requests, most of them truncated or with one changed byte. */
const damagedRequests = fc
  .record({
    tokens: fc.array(fc.string({ maxLength: 6 }), { maxLength: 4 }),
    cut: fc.nat({ max: 4 }),
    at: fc.nat(),
    byte: fc.option(fc.nat({ max: 255 })),
  })
  .map(({ tokens, cut, at, byte }) => {
    const bytes = toBinary(BatchIntrospectRequestSchema, create(BatchIntrospectRequestSchema, { tokens }));
    if (byte !== null && bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes.subarray(0, Math.max(0, bytes.length - cut));
  });

test('reads the same tokens as the general decoder, or leaves the message to that decoder', () => {
  fc.assert(
    fc.property(fc.oneof(damagedRequests, fc.uint8Array({ maxLength: 8 })), surroundings, (bytes, around) => {
      const tokens = plainTokensAt(around, bytes);
      if (tokens !== undefined) expect(fromBinary(BatchIntrospectRequestSchema, bytes).tokens).toEqual(tokens);
    }),
    { numRuns: 5_000 },
  );
});

test('reads 32 access tokens without the general decoder', () => {
  const tokens = Array.from({ length: 32 }, (_, index) => `foot_${index}`.padEnd(43, 'x'));
  const bytes = toBinary(BatchIntrospectRequestSchema, create(BatchIntrospectRequestSchema, { tokens }));
  expect(plainTokensAt({ before: Buffer.of(0), after: Buffer.of(0) }, bytes)).toEqual(tokens);
});

test('leaves a token tag without a length to the general decoder', () => {
  expect(plainTokens(Buffer.of(0x0a), 0, 1)).toBeUndefined();
});
