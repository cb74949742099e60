import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { InactiveReason, IntrospectResponseSchema } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { claimOf, encodeStamps, encodeState, ID_BYTES } from '../../../services/common/token-state/entry.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';
import type { EntryRead } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import { type OldState, ownerOf } from '../../../services/introspection/read-path/state-loader.ts';
import { TokenReader } from '../../../services/introspection/read-path/token-reader.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const RESPONSE = Buffer.from('the response');
const LONG_STALE_MS = 120_000;
const TTL_MS = 10_000;
const STAMPS = encodeStamps([{ key: stampKey({ kind: 'app', id: 7 }), id: Buffer.alloc(6) }]);

interface Load {
  readonly old: OldState | undefined;
  readonly fail: () => void;
}

/**
 * Reads one token, which expires after TTL_MS. `staleMs`: how long its state has been stale; negative: it is still fresh.
 * `find` calls the function of EntryRead for what Redis has.
 */
function readToken(
  staleMs: number,
  { find = (read: EntryRead, state: Buffer) => read.onState(state), isFailing = false } = {},
) {
  const clock = new ManualClock();
  const freshUntil = clock.now() - staleMs;
  const state = encodeState(Buffer.alloc(ID_BYTES, 1), freshUntil, clock.now() + TTL_MS, STAMPS, RESPONSE);
  const loads: Load[] = [];
  const renewals: OldState[] = [];
  const reader = new TokenReader({
    clock,
    cache: { read: (read) => find(read, state) },
    loader: {
      isFailing,
      renew: (_hash, old) => renewals.push(old),
      load: (_hash, _deadline, responder, old) => loads.push({ old, fail: () => responder.fail(unavailable('gone')) }),
    },
  });
  const responses: Uint8Array[] = [];
  const errors: unknown[] = [];
  reader.read(
    Buffer.alloc(32),
    { deadline: Number.POSITIVE_INFINITY, span: undefined },
    {
      respond: (response) => responses.push(response),
      fail: (error) => errors.push(error),
    },
  );
  const { counts } = reader;
  const old: OldState = { claim: claimOf(state), owner: ownerOf(STAMPS) };
  return { clock, responses, errors, loads, renewals, counts, old };
}

const reasonOf = (response: Uint8Array | undefined) =>
  fromBinary(IntrospectResponseSchema, response ?? Buffer.alloc(0)).inactiveReason;

test('serves a fresh state without loading', () => {
  const { responses, loads, renewals, counts } = readToken(-1);
  expect(responses).toEqual([RESPONSE]);
  expect([loads, renewals]).toEqual([[], []]);
  expect(counts).toEqual({ fresh: 1, stale: 0, missed: 0, unreachable: 0 });
});

test('serves a stale state and renews it', () => {
  const { responses, loads, renewals, counts, old } = readToken(1);
  expect(responses).toEqual([RESPONSE]);
  expect(loads).toEqual([]);
  expect(renewals).toEqual([old]);
  expect(counts).toEqual({ fresh: 0, stale: 1, missed: 0, unreachable: 0 });
});

test('loads a newer state instead of serving one that has been stale for long, unless auth-server is failing', () => {
  const { responses, loads, old } = readToken(LONG_STALE_MS);
  expect(responses).toEqual([]);
  expect(loads).toMatchObject([{ old }]);
  expect(readToken(LONG_STALE_MS, { isFailing: true }).responses).toEqual([RESPONSE]);
});

test('serves a stale state if the newer one cannot be loaded, and responds once', () => {
  const { responses, errors, loads } = readToken(LONG_STALE_MS);
  loads[0]?.fail();
  loads[0]?.fail();
  expect([responses, errors]).toEqual([[RESPONSE], []]);
});

test('responds EXPIRED if the token expires while a newer state is loaded', () => {
  const { clock, responses, loads } = readToken(LONG_STALE_MS);
  clock.advance(TTL_MS / 1_000);
  loads[0]?.fail();
  expect(responses.map(reasonOf)).toEqual([InactiveReason.EXPIRED]);
});

test.each<[string, 'missed' | 'unreachable', boolean, (read: EntryRead, state: Buffer) => void]>([
  ['no entry', 'missed', false, (read) => read.onMissing()],
  [
    'a state with a changed stamp; the load gets the claim of that state',
    'missed',
    true,
    (read, state) => read.onMissing(state),
  ],
  ['no connection to Redis', 'unreachable', false, (read) => read.onUnreachable()],
])('loads the state from auth-server: %s', (_name, count, isClaimed, find) => {
  const { responses, errors, loads, counts, old } = readToken(-1, { find });
  expect(loads).toMatchObject([{ old: isClaimed ? old : undefined }]);
  expect(counts).toEqual({ fresh: 0, stale: 0, missed: 0, unreachable: 0, [count]: 1 });
  loads[0]?.fail();
  expect([responses, errors]).toEqual([[], [expect.objectContaining({ message: 'gone' })]]);
});
