import { expect, test } from 'vitest';
import { encodeStamps, encodeState, ID_BYTES } from '../../../services/common/token-state/entry.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';
import { StampCache } from '../../../services/introspection/read-path/redis/stamp-cache.ts';

const [APP, USER] = [stampKey({ kind: 'app', id: 7 }), stampKey({ kind: 'user', id: 7 })];
const [ID, OTHER_ID] = [Buffer.alloc(6, 1), Buffer.alloc(6, 2)];
const stampValue = (id: Buffer) => Buffer.concat([Buffer.from('P'), id]);

/** A state with both stamps. */
const STATE = encodeState(
  Buffer.alloc(ID_BYTES),
  1,
  0,
  encodeStamps([
    { key: APP, id: ID },
    { key: USER, id: ID },
  ]),
  Buffer.from('response'),
);

function cacheWith(...stamps: readonly [key: Buffer, id: Buffer][]): StampCache {
  const cache = new StampCache();
  for (const [key, id] of stamps) cache.setAll([key], [stampValue(id)]);
  return cache;
}

test('a state is current if all of its stamps are cached with the same ids', () => {
  expect(cacheWith([APP, ID], [USER, ID]).check(STATE)).toBe('current');
  expect(cacheWith([APP, ID]).check(STATE)).toBe('unknown');
});

test('a state has changed if one stamp has changed, even if another is not cached', () => {
  expect(cacheWith([APP, ID], [USER, OTHER_ID]).check(STATE)).toBe('changed');
  expect(cacheWith([USER, OTHER_ID]).check(STATE)).toBe('changed');
});

test.each([
  ['missing', undefined],
  ['fenced', Buffer.from('F and the changes')],
])('a stamp that was %s when it was read counts as changed', (_name, value) => {
  const cache = cacheWith([APP, ID]);
  cache.setAll([USER], [value]);
  expect(cache.check(STATE)).toBe('changed');
});

test('lists each unread stamp once; the same id with another kind is another stamp', () => {
  const cache = cacheWith([APP, ID]);
  cache.check(STATE);
  cache.check(STATE);
  expect(cache.takeUnread()).toEqual([USER]);
  expect(cache.takeUnread()).toEqual([]);
});

test('a deleted stamp is unknown until it is read again', () => {
  const cache = cacheWith([APP, ID], [USER, ID]);
  cache.delete(USER);
  expect(cache.check(STATE)).toBe('unknown');
  cache.setAll([USER], [stampValue(OTHER_ID)]);
  expect(cache.check(STATE)).toBe('changed');
  cache.clear();
  expect(cache.check(STATE)).toBe('unknown');
});
