import { expect, test } from 'vitest';
import type { Bench } from '../../../scripts/bench/bench.ts';
import type { Row } from '../../../scripts/bench/rows/row.ts';
import { runRows } from '../../../scripts/bench/run-rows.ts';

const row = (name: string, run: Row['run']): Row => ({ name, about: `about ${name}`, run });
const measured = (name: string): Row =>
  row(name, async ({ report }) => report({ name: `figure of ${name}`, value: 1, unit: 'ms' }));

/** Runs rows with a bench that can only report and be interrupted. Returns the exit code or the error, and the output. */
async function run(rows: readonly Row[], interrupted = new AbortController().signal) {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const bench = {
    interrupted,
    progress: () => {},
    report: (...figures: { name: string }[]) => print(figures.map(({ name }) => `${name}\n`).join('')),
  } as unknown as Bench;
  const outcome = await runRows(rows, bench, print).then(
    (exitCode) => ({ exitCode }),
    (error: Error) => ({ error: error.message }),
  );
  return { outcome, printed: printed.join('') };
}

test('the exit code is 0 if every row succeeds', async () => {
  const { outcome, printed } = await run([measured('one'), measured('two')]);
  expect(outcome).toEqual({ exitCode: 0 });
  expect(printed).toBe('\n# one: about one\nfigure of one\n\n# two: about two\nfigure of two\n');
});

test('a failed row is reported, the others run, and the exit code is 1', async () => {
  const broken = row('broken', async ({ report }) => {
    report({ name: 'figure before the failure', value: 1, unit: 'ms' });
    throw new Error('no response');
  });
  const { outcome, printed } = await run([measured('one'), broken, measured('two')]);
  expect(outcome).toEqual({ exitCode: 1 });
  expect(printed).toContain('figure of one\n');
  expect(printed).toContain(
    'figure before the failure\nFAILED: broken: no response\n{"row":"broken","error":"no response"}\n',
  );
  expect(printed).toContain('figure of two\n');
  expect(printed).toMatch(/\nFAILED: broken\n$/);
});

test('an interruption ends the run and is not reported as a failed row', async () => {
  const interruption = new AbortController();
  const interrupting = row('interrupting', async () => {
    interruption.abort(new Error('interrupted by SIGINT'));
    throw new Error('interrupted');
  });
  const { outcome, printed } = await run([interrupting, measured('two')], interruption.signal);
  expect(outcome).toEqual({ error: 'interrupted by SIGINT' });
  expect(printed).not.toContain('FAILED');
  expect(printed).not.toContain('two');
});
