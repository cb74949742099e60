import { expect, test } from 'vitest';
import { encodeStamps, encodeState, ID_BYTES } from '../../../services/common/token-state/entry.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';
import { StampCache } from '../../../services/introspection/read-path/redis/stamp-cache.ts';

const [APP, USER] = [stampKey({ kind: 'app', id: 7 }), stampKey({ kind: 'user', id: 7 })];
const [ID, OTHER_ID] = [Buffer.alloc(6, 1), Buffer.alloc(6, 2)];
const PADDING = Buffer.alloc(3);

/** A state under both stamps, at PADDING.length. */
const STATE = Buffer.concat([
  PADDING,
  encodeState(
    Buffer.alloc(ID_BYTES),
    1,
    0,
    encodeStamps([
      { key: APP, id: ID },
      { key: USER, id: ID },
    ]),
    Buffer.from('response'),
  ),
]);

function cacheWith(...stamps: readonly [key: Buffer, id: Buffer][]): StampCache {
  const cache = new StampCache();
  for (const [key, id] of stamps) cache.set(key, id);
  return cache;
}

const check = (cache: StampCache) => cache.check(STATE, PADDING.length);

test('a state is current if all of its stamps are cached with the same ids', () => {
  expect(check(cacheWith([APP, ID], [USER, ID]))).toBe('current');
  expect(check(cacheWith([APP, ID]))).toBe('unknown');
});

test('one changed stamp is enough, even if another is not cached', () => {
  expect(check(cacheWith([APP, ID], [USER, OTHER_ID]))).toBe('changed');
  expect(check(cacheWith([USER, OTHER_ID]))).toBe('changed');
});

test('the same id under another kind is another stamp', () => {
  const missing = new Map<number, Buffer>();
  cacheWith([APP, ID]).collectMissing(STATE, PADDING.length, missing);
  expect([...missing.values()]).toEqual([USER]);
});

test('a deleted stamp is unknown until it is read again', () => {
  const cache = cacheWith([APP, ID], [USER, ID]);
  cache.delete(Buffer.concat([PADDING, USER]), PADDING.length);
  expect(check(cache)).toBe('unknown');
  cache.set(USER, OTHER_ID);
  expect(check(cache)).toBe('changed');
  cache.clear();
  expect(check(cache)).toBe('unknown');
});
