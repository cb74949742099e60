import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { guard } from '../../../scripts/dependencies/guard.ts';
import { accepts } from '../../../scripts/dependencies/ports.ts';

const NODE_MODULES = join(import.meta.dirname, '../../../node_modules');
/** Debian's programs, and this Node. */
const PATH = `/usr/bin:/bin:${dirname(process.execPath)}`;
/** Long, because Go compiles the standard library first. */
const MAX_WAIT_MS = 180_000;
const POLL_MS = 50;

/** Lets libraries use plain http, as the guide says for development servers, and Go use the packages of Debian. */
const ENVIRONMENT = {
  PATH,
  AUTHLIB_INSECURE_TRANSPORT: '1',
  OAUTHLIB_INSECURE_TRANSPORT: '1',
  PYTHONUNBUFFERED: '1',
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
};

/** Whether a command succeeds, to find out which dependencies of snippets are installed. */
export const succeeds = ([program, ...args]: readonly [string, ...string[]]): boolean =>
  spawnSync(program, args).status === 0;

/** A temporary folder of the current test. Its programs can import the npm packages of this repository. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'guide-'));

  constructor(files: Readonly<Record<string, string | Buffer>>) {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
    symlinkSync(NODE_MODULES, join(this.path, 'node_modules'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.path, name), content);
  }

  /** Starts a shell command in the folder and collects its output. It is killed when the test ends. */
  start(command: string, environment: Readonly<Record<string, string>> = {}): RunningProgram {
    const cache = join(this.path, 'cache');
    const env = { ...ENVIRONMENT, HOME: this.path, GOCACHE: cache, ...environment };
    // In its own process group, so that stop() also kills the program, which is a child of the shell.
    const child = spawn('bash', ['-c', command], { cwd: this.path, env, detached: true });
    guard(child, { stopSignal: 'SIGKILL' });
    const program = new RunningProgram(child);
    onTestFinished(() => program.stop());
    return program;
  }
}

export class RunningProgram {
  readonly #child: ChildProcess;
  /** Resolves when it has exited and its output is complete. */
  readonly #closed: Promise<unknown>;
  output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  /** Writes a line to its standard input and closes it. */
  endInput(line: string): void {
    this.#child.stdin?.end(`${line}\n`);
  }

  async untilListening(port: number): Promise<void> {
    await this.#until(() => accepts(port));
  }

  async untilOutput(pattern: RegExp): Promise<string> {
    await this.#until(() => pattern.test(this.output));
    return pattern.exec(this.output)?.[0] as string;
  }

  /** Returns its exit code; null if a signal ended it. */
  async untilExit(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    if (this.#hasExited) return;
    process.kill(-(this.#child.pid as number), 'SIGKILL');
    await this.#closed;
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + MAX_WAIT_MS;
    while (!(await condition())) {
      if (this.#hasExited) {
        await this.#closed;
        throw new Error(`the program exited too early: ${this.output}`);
      }
      if (performance.now() > deadline) throw new Error(`the program is not ready in time: ${this.output}`);
      await sleep(POLL_MS);
    }
  }
}
