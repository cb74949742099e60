import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setting } from './config.ts';
import { usageError } from './exit-codes.ts';

/** Where a secret may come from. Never from the arguments, which other users of a machine can see. */
export interface SecretSources {
  /** For prompts and errors. */
  readonly what: string;
  readonly variable: string;
  readonly file?: string | undefined;
  /** Whether it is read from stdin if stdin is not a terminal. */
  readonly stdin: boolean;
}

/** The secret from the first of these that is available: a file, the environment, stdin, a prompt. */
export async function readSecret({ what, variable, file, stdin }: SecretSources): Promise<string> {
  const secret = await firstOf(what, setting(variable), file, stdin);
  if (secret === undefined) throw usageError(`There is no ${what}. Set ${variable}, or run this in a terminal.`);
  const trimmed = secret.trim();
  if (trimmed === '') throw usageError(`The ${what} is empty.`);
  return trimmed;
}

async function firstOf(what: string, value: string | undefined, file: string | undefined, stdin: boolean) {
  if (file !== undefined)
    return readFile(file, 'utf8').catch((error: Error) =>
      Promise.reject(usageError(`${file} cannot be read: ${error.message}`)),
    );
  if (value) return value;
  if (process.stdin.isTTY) return prompt(`${what} (not shown): `, false);
  return stdin ? text(process.stdin) : undefined;
}

/** Whether the user confirms. Throws without a terminal. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw usageError('This is not a terminal; confirm with --yes.');
  return /^y(es)?$/i.test((await prompt(`${question} [y/N] `, true)).trim());
}

async function prompt(question: string, echo: boolean): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output: echo ? process.stderr : silent, terminal: true });
  lines.once('SIGINT', () => process.exit(130));
  try {
    return await lines.question('');
  } finally {
    lines.close();
    if (!echo) process.stderr.write('\n');
  }
}
