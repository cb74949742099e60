/** What the production demo counts as an outage and as a problem. */
import { expect, test } from 'vitest';
import { problemsOf } from '../../../scripts/production-demo/report.ts';
import { TallyCounter } from '../../../scripts/production-demo/tally.ts';

const START = performance.now();

function counterWithCalls(): TallyCounter {
  const counter = new TallyCounter();
  counter.success('api', START);
  counter.success('change', START);
  return counter;
}

const problems = (counter: TallyCounter, maxOutageMs: number) =>
  problemsOf({ name: 'step', tally: counter.take(), maxOutageMs });

test('a step with correct responses only has no problem', () => {
  expect(problems(counterWithCalls(), 0)).toEqual([]);
});

test('a step without calls is a problem', () => {
  expect(problems(new TallyCounter(), 0)).toEqual(['step: no API calls or no changes were made']);
});

test('a wrong response is a problem, also in a step that allows an outage', () => {
  const counter = counterWithCalls();
  counter.wrong('200 instead of 401: a disconnected token');
  expect(problems(counter, 60_000)).toEqual(['step: wrong response: 200 instead of 401: a disconnected token']);
});

test('a failed call is a problem unless the step allows an outage', () => {
  for (const [maxOutageMs, expected] of [
    [0, ['step: 1 calls failed, the first with: refused']],
    [60_000, []],
  ] as const) {
    const counter = counterWithCalls();
    counter.failure('change', START, 'refused');
    counter.success('change', START + 1);
    expect(problems(counter, maxOutageMs)).toEqual(expected);
  }
});

test('an outage that is too long is a problem, with its length', () => {
  const counter = counterWithCalls();
  counter.failure('change', performance.now() - 5_000, 'refused');
  const outage = /^step: 1 calls failed, for up to \d+\.\d s instead of at most 1\.0 s, the first with: refused$/;
  expect(problems(counter, 1_000)).toEqual([expect.stringMatching(outage)]);
});

test('an outage ends with a successful call of the same kind that began after the first failed one', () => {
  const counter = counterWithCalls();
  counter.failure('change', START, 'refused');
  counter.success('api', START + 1);
  counter.success('change', START - 1);
  expect(counter.isFailing).toBe(true);
  counter.success('change', START + 1);
  expect(counter.isFailing).toBe(false);
  expect(counter.take().longestOutageMs).toBeGreaterThan(0);
  expect(counter.take().longestOutageMs).toBe(0);
});
