import { expect, test } from 'vitest';
import { encodeLease, encodeStamps, encodeState, ID_BYTES } from '../../../services/common/token-state/entry.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';
import {
  type EntryHandler,
  type PendingState,
  ReadBatch,
} from '../../../services/introspection/read-path/redis/read-batch.ts';
import { StampCache } from '../../../services/introspection/read-path/redis/stamp-cache.ts';

const KEY = stampKey({ kind: 'app', id: 7 });
const [ID, OTHER_ID] = [Buffer.alloc(6, 1), Buffer.alloc(6, 2)];
const STATE = encodeState(Buffer.alloc(ID_BYTES), 1, 0, encodeStamps([{ key: KEY, id: ID }]), Buffer.from('response'));
const LEASE = encodeLease(Buffer.alloc(ID_BYTES));
const stampValue = (id: Buffer) => Buffer.concat([Buffer.from('P'), id]);

/** Records the result of a read. */
class Recorder implements EntryHandler {
  result = '';
  onState(bytes: Buffer, start: number, end: number): void {
    this.result = `state ${bytes.equals(STATE) && start === 0 && end === STATE.length}`;
  }
  onMissing(bytes?: Buffer): void {
    this.result = bytes === undefined ? 'missing' : 'changed';
  }
  onUnreachable(): void {
    this.result = 'unreachable';
  }
}

/** A batch that reads one entry, and the stamps of `pending`. */
function batchOf(pending: readonly PendingState[] = [], stampKeys: readonly Buffer[] = []) {
  const recorder = new Recorder();
  const batch = new ReadBatch([Buffer.alloc(32)], [recorder], stampKeys, pending);
  const reply = (value: Buffer | undefined) => {
    const handler = batch.entriesReply();
    if (value === undefined) handler.onNil?.();
    else handler.onBulk?.(value, 0, value.length);
  };
  return { batch, recorder, reply };
}

test.each<[string, Buffer | undefined, Buffer | undefined, string]>([
  ['a state with current stamps', STATE, ID, 'state true'],
  ['a state with a changed stamp', STATE, OTHER_ID, 'changed'],
  ['no entry', undefined, ID, 'missing'],
  ['a lease', LEASE, ID, 'missing'],
  ['a truncated state', STATE.subarray(0, 20), ID, 'missing'],
])('delivers %s', (_name, value, cached, expected) => {
  const stamps = new StampCache();
  if (cached !== undefined) stamps.set(KEY, cached);
  const { batch, recorder, reply } = batchOf();
  reply(value);
  expect(recorder.result).toBe('');
  batch.deliver(stamps, () => expect.unreachable());
  expect(recorder.result).toBe(expected);
});

test.each<[string, Buffer | undefined, string]>([
  ['the same', stampValue(ID), 'state true'],
  ['another', stampValue(OTHER_ID), 'changed'],
  ['dropped', undefined, 'changed'],
  ['fenced', Buffer.from('F and the changes'), 'changed'],
])('defers a state until its stamps are read: %s', (_name, value, expected) => {
  const stamps = new StampCache();
  const first = batchOf();
  first.reply(STATE);
  const pending: PendingState[] = [];
  first.batch.deliver(stamps, (state) => pending.push(state));
  expect([first.recorder.result, pending.length]).toEqual(['', 1]);
  const second = batchOf(pending, [KEY]);
  second.reply(undefined);
  const handler = second.batch.stampsReply(stamps);
  if (value === undefined) handler.onNil?.();
  else handler.onBulk?.(value, 0, value.length);
  second.batch.deliver(stamps, () => expect.unreachable());
  expect([first.recorder.result, second.recorder.result]).toEqual([expected, 'missing']);
});

test('reports all of its reads as unreachable if the guard fails', () => {
  const pending = new Recorder();
  const { batch, recorder, reply } = batchOf([{ bytes: STATE, start: 0, end: STATE.length, handler: pending }]);
  reply(STATE);
  batch.guardReply(() => expect.unreachable()).onFail?.(new Error('closed'));
  expect([recorder.result, pending.result]).toEqual(['unreachable', 'unreachable']);
});
