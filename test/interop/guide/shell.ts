import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const END = '__end_of_snippet__';

/** A shell that runs snippets one after another, keeps their variables, and ends with the test. */
export class Shell {
  readonly #process = spawn('bash', ['--noprofile', '--norc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  readonly #lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();

  constructor() {
    onTestFinished(() => void this.#process.kill());
  }

  /** Runs a snippet and returns what it prints to stdout, trimmed. Its exit code is ignored. */
  async run(code: string): Promise<string> {
    this.#process.stdin.write(`${code}\necho; echo ${END}\n`);
    const printed: string[] = [];
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done === true) throw new Error(`the shell has ended: ${printed.join('\n')}`);
      if (line === END) return printed.join('\n').trim();
      printed.push(line);
    }
  }
}
