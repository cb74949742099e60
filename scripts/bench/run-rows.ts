import type { Bench } from './bench.ts';
import type { Row } from './rows/row.ts';

/**
 * Runs rows one after another. A failed row is reported and the next one runs. Returns the exit code of the bench: 1 if a
 * row has failed. Throws only when it is interrupted.
 */
export async function runRows(rows: readonly Row[], bench: Bench, write: (text: string) => void): Promise<0 | 1> {
  const failed: string[] = [];
  for (const { name, about, run } of rows) {
    bench.interrupted.throwIfAborted();
    write(`\n# ${name}: ${about}\n`);
    const begun = performance.now();
    try {
      await run(bench);
    } catch (error) {
      bench.interrupted.throwIfAborted();
      failed.push(name);
      write(failureText(name, error));
    }
    bench.progress(`  ${name} took ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  }
  if (failed.length === 0) return 0;
  write(`\nFAILED: ${failed.join(', ')}\n`);
  return 1;
}

function failureText(row: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `FAILED: ${row}: ${message}\n${JSON.stringify({ row, error: message })}\n`;
}
