import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const END = '__end_of_snippet__';

/** A shell that runs snippets one after another and keeps their variables. */
export class Shell {
  readonly #process = spawn('bash', ['--noprofile', '--norc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  readonly #lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();

  /** What the snippet prints. */
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

  close(): void {
    this.#process.kill();
  }
}
