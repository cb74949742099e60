import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from '../dependencies/guard.ts';

const STOP_MS = 10_000;
const POLL_INTERVAL_MS = 25;
const LAST_LINES = 15;

export interface ServiceSpec {
  readonly name: string;
  /** The path of its main.ts. */
  readonly main: string;
  /** All that it gets besides PATH: no service sees what is another's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logDirectory: string;
}

/** One service of the stack, as a child process that logs into a file of its own and does not outlive us. */
export class ServiceProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Resolves when the process has ended, whatever the reason. */
  readonly ended: Promise<void>;

  constructor({ name, main, environment, logDirectory }: ServiceSpec) {
    this.name = name;
    this.#logFile = join(logDirectory, `${name}.log`);
    mkdirSync(logDirectory, { recursive: true });
    // The file itself and no pipe: the log is whole even where we are busy, or gone.
    const log = openSync(this.#logFile, 'w', 0o600);
    // Detached: Ctrl-C reaches the stack alone, which then stops its services in order.
    this.#child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH ?? '', ...environment },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.ended = new Promise((resolve) => this.#child.once('exit', () => resolve()));
    guard(this.#child, { stopSignal: 'SIGTERM' });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /**
   * Waits until `isReady` is true. Throws with the last lines of the log if the process ends first or `withinMs` have
   * passed, and when `interrupted` aborts.
   */
  async waitUntil(isReady: () => Promise<boolean>, withinMs: number, interrupted?: AbortSignal): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await isReady().catch(() => false))) {
      interrupted?.throwIfAborted();
      if (this.#hasEnded()) throw new Error(`${this.name} could not start:\n${this.lastLines()}`);
      if (performance.now() > deadline)
        throw new Error(`${this.name} is not ready after ${withinMs} ms:\n${this.lastLines()}`);
      await sleep(POLL_INTERVAL_MS);
    }
  }

  lastLines(): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }

  /** Lets it drain; ends it after a bound. */
  async stop(): Promise<void> {
    if (this.#hasEnded()) return;
    this.#child.kill('SIGTERM');
    const bound = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(bound);
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
