import { setTimeout as sleep } from 'node:timers/promises';
import { type CliError, ExitCode } from './exit-codes.ts';
import { printable } from './output.ts';
import { toCliError } from './rpc-errors.ts';

/**
 * Runs `step` with pauses of `intervalMs` until it returns true or the process gets SIGINT or SIGTERM. If the server is
 * unavailable, prints the error and continues; throws any other error.
 */
export async function poll(intervalMs: number, step: () => Promise<boolean>): Promise<void> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    while (!interrupted.signal.aborted && !(await stepOrPrintOutage(step))) {
      await sleep(intervalMs, undefined, { signal: interrupted.signal }).catch(() => undefined);
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

async function stepOrPrintOutage(step: () => Promise<boolean>): Promise<boolean> {
  try {
    return await step();
  } catch (error) {
    const problem: CliError = toCliError(error);
    if (problem.exitCode !== ExitCode.Unavailable) throw problem;
    process.stderr.write(`${printable(problem.message)}\n`);
    return false;
  }
}
