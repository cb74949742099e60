import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { InactiveReason, IntrospectResponseSchema } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { encodeState, ID_BYTES } from '../../../services/common/token-state/entry.ts';
import { TokenReads } from '../../../services/introspection/read-path/read.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ANSWER = Buffer.from('the answer');
const LONG_STALE_MS = 120_000;
const LIFE_MS = 10_000;

/** Reads of a state that expires after LIFE_MS, over an auth-server that fails when it is told to. */
function readsOf(staleMs: number) {
  const clock = new ManualClock();
  const freshUntil = clock.now() - staleMs;
  const state = encodeState(Buffer.alloc(ID_BYTES), freshUntil, clock.now() + LIFE_MS, Buffer.alloc(0), ANSWER);
  let failQuestion = () => {};
  const reads = new TokenReads({
    clock,
    cache: { read: (_hash, handler) => handler.onState(state, 0, state.length) },
    misses: {
      isFailing: false,
      renew: () => {},
      ask: (_hash, _deadline, sink) => {
        failQuestion = () => sink.refuse(unavailable('gone'));
      },
    },
  });
  const answers: Uint8Array[] = [];
  const refused: unknown[] = [];
  reads.answer(Buffer.alloc(32), Number.POSITIVE_INFINITY, {
    respond: (answer) => answers.push(answer),
    refuse: (error) => refused.push(error),
  });
  return { clock, answers, refused, failQuestion };
}

const reasonOf = (answer: Uint8Array | undefined) =>
  fromBinary(IntrospectResponseSchema, answer ?? Buffer.alloc(0)).inactiveReason;

test('what waits for a newer answer and expires meanwhile is answered as expired', () => {
  const { clock, answers, refused, failQuestion } = readsOf(LONG_STALE_MS);
  expect(answers).toEqual([]);
  clock.advance(LIFE_MS / 1_000);
  failQuestion();
  expect(answers.map(reasonOf)).toEqual([InactiveReason.EXPIRED]);
  failQuestion();
  expect([answers.length, refused]).toEqual([1, []]);
});

test('what has not expired is answered as it is', () => {
  const { answers, failQuestion } = readsOf(LONG_STALE_MS);
  failQuestion();
  expect(answers).toEqual([ANSWER]);
  expect(readsOf(1).answers).toEqual([ANSWER]);
});
