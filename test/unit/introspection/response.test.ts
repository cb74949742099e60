import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { InactiveReason, IntrospectResponseSchema } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { inactiveResponse, responseAt } from '../../../services/introspection/read-path/response.ts';

const RESPONSE = Buffer.from('the response');

test('an inactive response has its reason', () => {
  const { $typeName, ...fields } = fromBinary(IntrospectResponseSchema, inactiveResponse(InactiveReason.MALFORMED));
  expect(fields).toMatchObject({ active: false, inactiveReason: InactiveReason.MALFORMED });
});

test('a response becomes EXPIRED at its expiry, and never with an expiry of 0', () => {
  expect(responseAt(999, RESPONSE, 1_000)).toBe(RESPONSE);
  expect(Buffer.from(responseAt(1_000, RESPONSE, 1_000))).toEqual(
    Buffer.from(inactiveResponse(InactiveReason.EXPIRED)),
  );
  expect(responseAt(Number.MAX_SAFE_INTEGER, RESPONSE, 0)).toBe(RESPONSE);
});
