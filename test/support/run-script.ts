import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs a TypeScript file of the repository. Rejects with `code`, `stdout` and `stderr` if it fails. */
export function runScript(path: string, args: readonly string[] = [], environment: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH ?? '', ...environment };
  return promisify(execFile)(process.execPath, [join(import.meta.dirname, '../..', path), ...args], { env });
}
