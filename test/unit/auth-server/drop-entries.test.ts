import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dropEntries } from '../../../services/auth-server/store/pg-authority.ts';

const CHANGES = 50;
const SMALL = 4;

const bytes = (number: number) => Buffer.from([number]);
const nothing = async () => {};

test('the entries of many changes are dropped a few calls at a time, each change under its own id', async () => {
  const drops = Array.from({ length: CHANGES * 2 }, (_, at) => ({
    changeId: bytes(at % CHANGES),
    accessHash: bytes(at),
  }));
  const calls: number[][] = [];
  let [underWay, most] = [0, 0];
  const drop = async (changeId: Buffer, hashes: readonly Buffer[]) => {
    most = Math.max(most, ++underWay);
    await sleep(1);
    underWay--;
    calls.push([changeId, ...hashes].map((buffer) => buffer[0] as number));
  };
  await dropEntries({ fence: nothing, drop }, drops);
  expect(calls.sort(([a = 0], [b = 0]) => a - b)).toEqual(
    Array.from({ length: CHANGES }, (_, change) => [change, change, change + CHANGES]),
  );
  expect(most).toBe(SMALL);
});
