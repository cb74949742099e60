import { expect, test } from 'vitest';
import { encodeStamps } from '../../../services/common/token-state/entry.ts';
import { type StampRef, stampKey } from '../../../services/common/token-state/keys.ts';
import { OwnerCache, ownerOf } from '../../../services/introspection/read-path/owner-cache.ts';

const stampsOf = (id: number, ...refs: readonly StampRef[]) =>
  encodeStamps(refs.map((ref) => ({ key: stampKey(ref), id: Buffer.alloc(6, id) })));

const APP: StampRef = { kind: 'app', id: 7 };
const USER: StampRef = { kind: 'user', id: 7 };

test('tokens with the same stamp keys have the same owner, with any stamp ids', () => {
  expect(ownerOf(stampsOf(1, APP, USER))).toBe(ownerOf(stampsOf(2, APP, USER)));
  expect(ownerOf(stampsOf(1, APP, USER))).not.toBe(ownerOf(stampsOf(1, APP)));
  expect(ownerOf(stampsOf(1, APP))).not.toBe(ownerOf(stampsOf(1, USER)));
});

test('remembers the owner of a token, but none for an unknown token', () => {
  const owners = new OwnerCache();
  owners.set('known', stampsOf(1, APP));
  owners.set('unknown', new Uint8Array());
  expect([owners.get('known'), owners.get('unknown')]).toEqual([ownerOf(stampsOf(1, APP)), undefined]);
});

test('limits its size', () => {
  const owners = new OwnerCache();
  for (let index = 0; index <= 50_000; index++) owners.set(`token ${index}`, stampsOf(1, APP));
  expect(owners.get('token 0')).toBeUndefined();
  expect(owners.get('token 50000')).toBeDefined();
});
