import { create } from '@bufbuild/protobuf';
import { expect, test, vi } from 'vitest';
import { TokenStateSchema } from '../../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import {
  type GetTokenStatesResponse,
  GetTokenStatesResponseSchema,
} from '../../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { answerOf, encodeStamps } from '../../../services/common/token-state/entry.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';
import { type MissBounds, Misses } from '../../../services/introspection/read-path/miss.ts';
import type { Fill } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const NEVER = Number.POSITIVE_INFINITY;
const GENERATION = Buffer.alloc(8, 1);
const hashOf = (name: string) => Buffer.alloc(32, name);
const nameOf = (hash: Buffer) => hash.toString('latin1', 0, 1);

type Answer = (
  stamps?: Uint8Array<ArrayBuffer>,
  otherwise?: { generation?: Buffer<ArrayBuffer>; cacheable?: boolean; expiresAtMs?: bigint },
) => void;

/** Misses over an auth-server that answers when it is told to, with each token's own name as its answer. */
function missesOf(bounds: Partial<MissBounds> = {}, leases: (name: string) => boolean = () => true) {
  const questions: { names: string[]; answer: Answer; fail: () => void }[] = [];
  const filled: { fills: readonly Fill[]; generation: Buffer }[] = [];
  const clock = new ManualClock();
  const misses = new Misses({
    clock,
    bounds: { questionsInFlight: 1, queueLength: 100, ...bounds },
    cache: {
      generation: GENERATION,
      lease: async (hashes) => hashes.map((hash) => leases(nameOf(hash))),
      fill: (fills, generation) => filled.push({ fills, generation }),
    },
    source: {
      getTokenStates: (hashes) =>
        new Promise<GetTokenStatesResponse>((resolve, reject) => {
          const names = hashes.map(nameOf);
          const answer: Answer = (stamps = new Uint8Array(), { generation = GENERATION, ...state } = {}) => {
            const states = names.map((name) =>
              create(TokenStateSchema, { answer: Buffer.from(name), cacheable: true, stamps, ...state }),
            );
            resolve(create(GetTokenStatesResponseSchema, { generation, states }));
          };
          questions.push({ names, answer, fail: () => reject(unavailable('gone')) });
        }),
    },
  });
  const ask = (name: string, deadline = NEVER, owner?: string) =>
    new Promise<string>((resolve, refuse) => {
      const respond = (bytes: Uint8Array) => resolve(Buffer.from(bytes).toString());
      misses.ask(hashOf(name), deadline, { respond, refuse }, undefined, owner);
    });
  const question = async (index: number) => {
    await vi.waitUntil(() => questions.length > index);
    return questions[index] as (typeof questions)[number];
  };
  return { misses, clock, ask, question, questions, filled };
}

test('misses of one turn are one question, and those of one token one place in it', async () => {
  const { ask, question, questions } = missesOf();
  const answers = [ask('a'), ask('b'), ask('a')];
  const { names, answer } = await question(0);
  expect(names).toEqual(['a', 'b']);
  answer();
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'a']);
  expect(questions).toHaveLength(1);
});

test('a request never joins a question that has been sent', async () => {
  const { ask, question } = missesOf({ questionsInFlight: 2 });
  const first = ask('a');
  await question(0);
  const second = ask('a');
  const later = await question(1);
  (await question(0)).answer();
  await first;
  later.answer();
  expect(await second).toBe('a');
});

test('only an entry whose lease was taken is filled, with the answer that was given', async () => {
  const { ask, question, filled } = missesOf({}, (name) => name === 'a');
  const answers = [ask('a'), ask('b')];
  (await question(0)).answer();
  await Promise.all(answers);
  const [{ fills, generation } = { fills: [], generation: undefined }] = filled;
  expect(generation).toEqual(GENERATION);
  expect(fills.map(({ tokenHash }) => nameOf(tokenHash))).toEqual(['a']);
  const { state, claim } = fills[0] as Fill;
  expect(claim.subarray(0, 1).toString()).toBe('L');
  expect(answerOf(state, 0, state.length).toString()).toBe('a');
});

test('a lease that leads to no fill is given back: the question failed, or what was said may not be cached', async () => {
  const { ask, question, filled } = missesOf();
  const failing = ask('a');
  (await question(0)).fail();
  await expect(failing).rejects.toThrow('gone');
  const asked = ask('b');
  (await question(1)).answer(undefined, { cacheable: false });
  await asked;
  const other = ask('c');
  (await question(2)).answer(undefined, { generation: Buffer.alloc(8, 2) });
  await other;
  expect(filled.flatMap(({ fills }) => fills.map(({ tokenHash }) => nameOf(tokenHash)))).toEqual(['a', 'b', 'c']);
  for (const { fills, generation } of filled) {
    expect(generation).toEqual(GENERATION);
    expect(fills).toMatchObject([{ state: Buffer.alloc(0), lifeMs: 1 }]);
  }
});

test('a token that has expired is cached like any other inactive one', async () => {
  const { ask, question, filled, clock } = missesOf();
  const asked = ask('a');
  (await question(0)).answer(undefined, { expiresAtMs: BigInt(clock.now() - 1) });
  await asked;
  expect(filled[0]?.fills[0]?.lifeMs).toBe(3_600_000);
});

test('first questions go before renewals, which nobody waits for and which are asked once at a time', async () => {
  const { misses, ask, question } = missesOf();
  const blocking = ask('x');
  const first = await question(0);
  for (const name of ['r', 'r', 's']) misses.renew(hashOf(name), Buffer.from(`S${'i'.repeat(8)}`), 'owner');
  const asked = ask('a');
  first.answer();
  await blocking;
  const { names, answer } = await question(1);
  expect(names).toEqual(['a', 'r', 's']);
  answer();
  await asked;
});

test('the install whose tokens were asked about is known the next time, and takes turns with others', async () => {
  const { misses, ask, question } = missesOf({ queueLength: 20 });
  const stamps = Uint8Array.from(encodeStamps([{ key: stampKey({ kind: 'app', id: 7 }), id: Buffer.alloc(6) }]));
  const known = [ask('a'), ask('b'), ask('c')];
  (await question(0)).answer(stamps);
  await Promise.all(known);
  const blocking = ask('x');
  const second = await question(1);
  const crowd = ['a', 'b', 'c'].map((name) => ask(name));
  // Two places of twenty are what one install may have.
  await expect(crowd[2]).rejects.toThrow('too many tokens');
  const other = ask('z');
  second.answer();
  await blocking;
  const { names, answer } = await question(2);
  expect(names).toEqual(['a', 'z', 'b']);
  answer();
  await Promise.all([crowd[0], crowd[1], other]);
  expect(misses.counts).toMatchObject({ questions: 3, asked: 7 });
});

test('whoever waits past the deadline is told so and takes no place in a question', async () => {
  const { ask, question } = missesOf();
  const blocking = ask('x');
  const first = await question(0);
  const late = ask('a', Date.now());
  const patient = ask('b');
  first.answer();
  await blocking;
  await expect(late).rejects.toThrow('in time');
  const { names, answer } = await question(1);
  expect(names).toEqual(['b']);
  answer();
  await patient;
});

test('more than may wait are refused at once', async () => {
  const { ask, question } = missesOf({ queueLength: 2 });
  const blocking = ask('x');
  const first = await question(0);
  const waiting = [ask('a'), ask('b')];
  await expect(ask('c')).rejects.toThrow('too many tokens');
  first.answer();
  await blocking;
  (await question(1)).answer();
  expect(await Promise.all(waiting)).toEqual(['a', 'b']);
});

test('a question that fails fails its requests, and renewals rest for a second', async () => {
  const { misses, clock, ask, question, questions } = missesOf();
  const failing = ask('a');
  (await question(0)).fail();
  await expect(failing).rejects.toThrow('gone');
  expect(misses.isFailing).toBe(true);
  misses.renew(hashOf('r'), Buffer.from('S'), 'owner');
  clock.advance(1);
  expect(misses.isFailing).toBe(false);
  misses.renew(hashOf('s'), Buffer.from('S'), 'owner');
  expect((await question(1)).names).toEqual(['s']);
  expect(questions).toHaveLength(2);
});
