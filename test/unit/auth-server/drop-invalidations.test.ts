import { expect, test } from 'vitest';
import { dropInvalidations } from '../../../services/auth-server/store/authority/change-protocol.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';

const CHANGES = 3;

test('drops keys of several changes with one call for each change, under the id of that change', async () => {
  const key = (id: number) => stampKey({ kind: 'app', id });
  const invalidations = Array.from({ length: CHANGES * 2 }, (_, id) => ({
    id,
    changeId: Buffer.of(id % CHANGES),
    key: key(id),
  }));
  const calls: [Buffer, Buffer[], readonly string[]][] = [];
  const cache = {
    fence: async () => {},
    drop: async (changeId: Buffer, keys: readonly Buffer[], nodes: readonly string[]) =>
      void calls.push([changeId, [...keys], nodes]),
  };
  await dropInvalidations(cache, invalidations, ['a', 'b']);
  expect(calls).toEqual(
    Array.from({ length: CHANGES }, (_, change) => [
      Buffer.of(change),
      [key(change), key(change + CHANGES)],
      ['a', 'b'],
    ]),
  );
});
