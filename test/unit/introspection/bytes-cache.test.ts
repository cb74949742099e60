import { expect, test } from 'vitest';
import { BytesCache } from '../../../services/introspection/authorization/bytes-cache.ts';

test('returns the value for exactly the bytes of the range, wherever they are', () => {
  const created: string[] = [];
  const cache = new BytesCache(1_000, (bytes) => {
    const text = bytes.toString('latin1');
    created.push(text);
    return text;
  });
  const bytes = new TextEncoder().encode('posts:read posts:write');
  const view = new DataView(bytes.buffer);
  for (let round = 0; round < 2; round++) {
    for (let start = 0; start <= bytes.length; start++) {
      for (let end = start; end <= bytes.length; end++) {
        expect(cache.get(view, start, end)).toBe(Buffer.from(bytes).toString('latin1', start, end));
      }
    }
  }
  expect(new Set(created).size).toBe(created.length);
});

test('keeps a copy of the bytes, and does not confuse bytes with equal hashes', () => {
  const cache = new BytesCache(10, (bytes) => bytes.toString());
  const bytes = Buffer.alloc(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const equalHashes = ['abcdefgh', 'abjdeilv'];
  for (const text of [...equalHashes, ...equalHashes]) {
    bytes.write(text);
    expect(cache.get(view, 0, 8)).toBe(text);
  }
});

test('is cleared before it exceeds its limit', () => {
  let created = 0;
  const cache = new BytesCache(2, () => created++);
  const view = new DataView(new TextEncoder().encode('abc').buffer);
  expect([0, 1, 0, 2, 0].map((at) => cache.get(view, at, at + 1))).toEqual([0, 1, 0, 2, 3]);
});
