import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  claimOf,
  encodeLease,
  encodeStamps,
  encodeState,
  expiresAtOf,
  freshUntilOf,
  ID_BYTES,
  isState,
  responseOf,
  STAMP_ID_BYTES,
  stampIdIn,
  stampsOf,
} from '../../services/common/token-state/entry.ts';
import { type StampRef, stampKey, tokenKey } from '../../services/common/token-state/keys.ts';
import { StampCache } from '../../services/introspection/read-path/redis/stamp-cache.ts';

const bytes = fc.uint8Array({ maxLength: 2_000 });
const idOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((id) => Buffer.from(id));
/** Milliseconds since 1970 in six bytes: until the year 10889. */
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const ref: fc.Arbitrary<StampRef> = fc.record({
  kind: fc.constantFrom('app', 'organization', 'user'),
  id: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
});
const stamp = fc.record({ key: ref.map(stampKey), id: idOf(STAMP_ID_BYTES) });
const stampValue = (id: Buffer) => Buffer.concat([Buffer.from('P'), id]);
const stamps = fc.uniqueArray(stamp, { maxLength: 4, selector: ({ key }) => key.toString('latin1') });
const state = fc.tuple(idOf(ID_BYTES), time, time, stamps, bytes);

test('a state is read as it was encoded', () => {
  fc.assert(
    fc.property(state, ([id, freshUntil, expiresAt, stateStamps, response]) => {
      const entry = encodeState(id, freshUntil, expiresAt, encodeStamps(stateStamps), response);
      expect(isState(entry)).toBe(true);
      expect([freshUntilOf(entry), expiresAtOf(entry)]).toEqual([freshUntil, expiresAt]);
      expect(Buffer.compare(responseOf(entry), response)).toBe(0);
      expect(claimOf(entry)).toEqual(Buffer.concat([Buffer.from('S'), id]));
      expect(stampsOf(entry)).toEqual(encodeStamps(stateStamps));
    }),
  );
});

test('a lease, a fence, a stamp and a state that is cut before its response are not states', () => {
  fc.assert(
    fc.property(state, idOf(ID_BYTES), fc.uint8Array({ maxLength: 80 }), fc.nat(), (fields, id, other, cut) => {
      const [stateId, freshUntil, expiresAt, stateStamps, response] = fields;
      expect(isState(encodeLease(id))).toBe(false);
      for (const kind of ['F', 'P', 'L']) expect(isState(Buffer.concat([Buffer.from(kind), other]))).toBe(false);
      const entry = encodeState(stateId, freshUntil, expiresAt, encodeStamps(stateStamps), response);
      const head = entry.length - response.length;
      expect(isState(entry.subarray(0, cut % head))).toBe(false);
    }),
  );
});

test('a state is current only while each of its stamps is cached with the same id', () => {
  fc.assert(
    fc.property(stamps, fc.nat(), (stateStamps, which) => {
      const entry = encodeState(Buffer.alloc(ID_BYTES), 1, 1, encodeStamps(stateStamps), Buffer.from('response'));
      const cache = new StampCache();
      expect(cache.check(entry)).toBe(stateStamps.length === 0 ? 'current' : 'unknown');
      for (const { key, id } of stateStamps) cache.setAll([key], [stampValue(id)]);
      expect(cache.check(entry)).toBe('current');
      const changed = stateStamps[which % Math.max(1, stateStamps.length)];
      if (changed === undefined) return;
      const other = Buffer.from(changed.id);
      other[STAMP_ID_BYTES - 1] = (other[STAMP_ID_BYTES - 1] as number) ^ 1;
      cache.setAll([changed.key], [stampValue(other)]);
      expect(cache.check(entry)).toBe('changed');
      cache.setAll([changed.key], [undefined]);
      expect(cache.check(entry)).toBe('changed');
      cache.takeUnread();
      cache.delete(changed.key);
      expect(cache.check(entry)).toBe('unknown');
      expect(cache.takeUnread()).toEqual([changed.key]);
      cache.clear();
      expect(cache.check(entry)).toBe('unknown');
    }),
  );
});

test('the key of a stamp differs from those of other stamps and of tokens, and a fence is not a stamp', () => {
  fc.assert(
    fc.property(ref, ref, fc.uint8Array({ minLength: 32, maxLength: 32 }), (one, other, hash) => {
      const isSame = one.kind === other.kind && one.id === other.id;
      expect(stampKey(one).equals(stampKey(other))).toBe(isSame);
      expect(tokenKey(hash).equals(stampKey(one))).toBe(false);
    }),
  );
  expect(stampIdIn(Buffer.from('Pabcdef'))).toEqual(Buffer.from('abcdef'));
  expect(stampIdIn(Buffer.from('Fabcdefgh'))).toBeUndefined();
  expect(stampIdIn(Buffer.from('Pabc'))).toBeUndefined();
});
