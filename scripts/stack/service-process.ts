import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STOP_MS = 10_000;
const LAST_LINES = 15;

/** One service of the stack, as a child process that logs into a file of its own. */
export class ServiceProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Resolves when the process has ended, whatever the reason. */
  readonly ended: Promise<void>;

  constructor(name: string, main: string, environment: Record<string, string>, logDirectory: string) {
    this.name = name;
    mkdirSync(logDirectory, { recursive: true });
    this.#logFile = join(logDirectory, `${name}.log`);
    const log = createWriteStream(this.#logFile, { mode: 0o600 });
    // Detached: Ctrl-C reaches the stack alone, which then stops its services in order.
    this.#child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child.stdout?.pipe(log);
    this.#child.stderr?.pipe(log);
    this.ended = new Promise((resolve) => this.#child.once('exit', () => resolve()));
    process.once('exit', () => this.#child.kill('SIGKILL'));
  }

  /** Waits until `isReady` is true; throws with the last lines of the log if the process ends first, or after `withinMs`. */
  async waitUntil(isReady: () => Promise<boolean>, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await isReady().catch(() => false))) {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} could not start:\n${this.lastLines()}`);
      if (performance.now() > deadline)
        throw new Error(`${this.name} is not ready after ${withinMs} ms:\n${this.lastLines()}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  lastLines(): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }

  /** Lets it drain; ends it after a bound. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const bound = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(bound);
  }
}
