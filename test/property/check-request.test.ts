import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { RouteRefusals, requestToken } from '@featureos/introspection-client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CheckRequestSchema } from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { accessRequestOf, scanCheckRequest } from '../../services/introspection/rpc/check-request.ts';

const value = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.constantFrom('Bearer foot_x', 'x'.repeat(200), ''),
  fc.string({ maxLength: 8 }).map((text) => `Bearer ${text}`),
);
const headerName = fc.constantFrom(
  'authorization',
  'Authorization',
  'authorizatiom',
  'x-oauth-user-id',
  '',
  '__proto__',
);
const extensionName = fc.constantFrom('oauth-scope', 'oauth-scopf', 'other', '');

const request = fc.record({
  headers: fc.dictionary(headerName, value, { maxKeys: 4 }),
  raw: fc.array(
    fc.record({
      key: headerName,
      value,
      rawValue: fc.uint8Array({ maxLength: 6 }).map((bytes) => new Uint8Array(bytes)),
    }),
    { maxLength: 4 },
  ),
  extensions: fc.dictionary(extensionName, value, { maxKeys: 3 }),
});

function encoded({ headers, raw, extensions }: typeof request extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const message: MessageInitShape<typeof CheckRequestSchema> = {
    attributes: { request: { http: { headers, headerMap: { headers: raw } } }, contextExtensions: extensions },
  };
  return toBinary(CheckRequestSchema, create(CheckRequestSchema, message));
}

/** A field that our proto omits; Envoy's messages have many. */
const unknownField = fc
  .record({
    number: fc.integer({ min: 20, max: 2 ** 29 - 1 }),
    bytes: fc.uint8Array({ maxLength: 9 }),
    kind: fc.nat(3),
  })
  .map(({ number, bytes, kind }) => {
    const writer = new BinaryWriter();
    if (kind === 0) writer.tag(number, WireType.Varint).uint32(bytes.length * 999);
    else if (kind === 1) writer.tag(number, WireType.Bit64).fixed64(7n);
    else if (kind === 2) writer.tag(number, WireType.Bit32).fixed32(7);
    else writer.tag(number, WireType.LengthDelimited).bytes(bytes);
    return writer.finish();
  });

/** Concatenated encodings are one message: submessages are merged, lists joined, and the last value of a map key counts. */
const wellFormed = fc
  .array(fc.oneof(request.map(encoded), unknownField), { maxLength: 4 })
  .map((parts) => Buffer.concat(parts));

const damaged = fc
  .record({ bytes: wellFormed, at: fc.nat(), byte: fc.option(fc.nat(255)), cut: fc.nat(6) })
  .map(({ bytes, at, byte, cut }) => {
    const copy = Buffer.from(bytes);
    if (byte !== null && copy.length > 0) copy[at % copy.length] = byte;
    return copy.subarray(0, Math.max(0, copy.length - cut));
  });

const ROUTE = new RouteRefusals(['posts:read'], undefined);

/** Scans the message in the middle of a larger buffer, as received messages are. */
function scan(bytes: Uint8Array) {
  const all = Buffer.concat([Buffer.of(0x0a, 0xff), bytes, Buffer.of(0x0a, 0x01)]);
  const found = scanCheckRequest(all, 2, 2 + bytes.length);
  if (found === undefined) return undefined;
  const { authorization, requiredScope, token } = found;
  if (token !== undefined) expect(requestToken(authorization, ROUTE)).toBe(token);
  return { authorization, requiredScope };
}

const decode = (bytes: Uint8Array) => accessRequestOf(fromBinary(CheckRequestSchema, bytes));

test('reads in place what a decoder reads, also in concatenated messages and between unknown fields', () => {
  let readInPlace = 0;
  fc.assert(
    fc.property(wellFormed, (bytes) => {
      const decoded = decode(bytes);
      const found = scan(bytes);
      if (found !== undefined) readInPlace++;
      expect(found ?? decoded).toEqual(decoded);
    }),
    { numRuns: 3_000 },
  );
  // The rest have values that are not ASCII.
  expect(readInPlace).toBeGreaterThan(1_000);
});

test('a header without a value has an empty value, also if the header map has the same header', () => {
  const key = [0x0a, 13, ...Buffer.from('authorization')];
  const message = (field: number, content: readonly number[]) => [(field << 3) | 2, content.length, ...content];
  const nested = (...headers: number[]) => Buffer.from(message(1, message(4, message(2, headers))));
  const withoutValue = message(3, key);
  const inMap = message(13, message(1, [...key, 0x1a, 1, 0x78]));
  expect(scan(nested(...withoutValue))).toEqual({ authorization: [''], requiredScope: '' });
  const both = nested(...withoutValue, ...inMap);
  expect(scan(both)).toEqual({ authorization: ['', 'x'], requiredScope: '' });
  expect(scan(both)).toEqual(decode(both));
});

test('damaged messages are read as by a decoder, or left to it', () => {
  const outcomes = { same: 0, left: 0 };
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 12 })), (bytes) => {
      const found = scan(bytes);
      if (found === undefined) outcomes.left++;
      else {
        outcomes.same++;
        expect(found).toEqual(decodeIfValid(bytes) ?? found);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(outcomes.same).toBeGreaterThan(100);
  expect(outcomes.left).toBeGreaterThan(100);
});

/** Undefined if the decoder rejects the message. scanCheckRequest() skips some causes of that, such as text that is not UTF-8. */
function decodeIfValid(bytes: Uint8Array) {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

test('reads a large request in place', () => {
  const headers = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-header-${index}`, 'ü'.repeat(200)]));
  const bytes = encoded({
    headers: { ':path': '/api/v3/posts?x=1', ...headers, authorization: `Bearer ${'x'.repeat(16_384)}` },
    raw: [],
    extensions: { 'oauth-scope': 'posts:read posts:write' },
  });
  expect(scan(bytes)).toEqual({
    authorization: [`Bearer ${'x'.repeat(16_384)}`],
    requiredScope: 'posts:read posts:write',
  });
});

test.each([
  ['a length that goes beyond the end', [0x0a, 0x05, 0x22]],
  ['a tag without its end', [0x8a]],
  ['a varint that does not end', Array(12).fill(0x80)],
  ['field 0', [0x02, 0x00]],
  ['the end of a group that has not begun', [0x0c]],
  ['an unknown wire type', [0x0f]],
  ['attributes that are a number', [0x08, 0x01]],
])('leaves %s to the decoder', (_what, bytes) => {
  expect(scan(Buffer.from(bytes))).toBeUndefined();
});
