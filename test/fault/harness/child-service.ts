import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command, Report, StepFault } from './processes/messages.ts';

/** Variables of a process. */
export type Environment = Readonly<Record<string, string>>;

const START_LIMIT_MS = 120_000;
/** Starting again is most of what a kill costs. */
const COMPILE_CACHE = join(tmpdir(), 'featureos-fault-compile-cache');
const STOP_LIMIT_MS = 8_000;
const LOG_BYTES_KEPT = 20_000;

/**
 * A service in a process of its own, which is killed and stopped for real: by its pid, and only that. It ends with this
 * process, however this process ends.
 */
export class ChildService {
  /** Where it serves. */
  readonly addresses: Record<string, string>;
  readonly #child: ChildProcess;
  readonly #onReport: (report: Report) => void;
  readonly #reached: (() => void)[] = [];
  #log = '';

  private constructor(child: ChildProcess, addresses: Record<string, string>, onReport: (report: Report) => void) {
    this.#child = child;
    this.addresses = addresses;
    this.#onReport = onReport;
    child.setMaxListeners(0); // every fault that is waited for also waits for the end
    child.on('message', (report) => this.#receive(report as Report));
    child.stderr?.on('data', (data: Buffer) => {
      this.#log = (this.#log + data.toString()).slice(-LOG_BYTES_KEPT);
    });
  }

  /** Starts `processes/<name>.ts` and resolves once it serves. */
  static async start(
    name: string,
    environment: Environment,
    onReport: (report: Report) => void,
  ): Promise<ChildService> {
    const path = fileURLToPath(new URL(`./processes/${name}.ts`, import.meta.url));
    const child = fork(path, [], {
      execPath: process.execPath,
      execArgv: [],
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    guard(child);
    let lastWords = '';
    child.stderr?.on('data', (data: Buffer) => {
      lastWords += data.toString();
    });
    try {
      return new ChildService(child, await readyAt(child), onReport);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${name} did not start: ${lastWords}`, { cause: error });
    }
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it has logged. */
  get log(): string {
    return this.#log;
  }

  tell(command: Command): void {
    if (this.running && this.#child.connected) this.#child.send(command);
  }

  arm(fault: StepFault): void {
    this.tell({ kind: 'arm', fault });
  }

  /** Resolves when an armed fault strikes; rejects if the process ends before. Ask before you arm. */
  reached(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reached.push(resolve);
      this.#child.once('exit', () => reject(new Error(`it ended before an armed fault struck: ${this.#log}`)));
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited();
  }

  async exited(): Promise<void> {
    if (this.running) await once(this.#child, 'exit');
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** An orderly end; kill -9 for one that does not end. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.resume();
    this.#child.kill('SIGTERM');
    await Promise.race([this.exited(), sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    if (this.running) await this.kill();
  }

  #receive(report: Report): void {
    if (report.kind === 'reached') for (const resolve of this.#reached.splice(0)) resolve();
    this.#onReport(report);
  }
}

/** Where the child serves, once it does. */
function readyAt(child: ChildProcess): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no answer within ${START_LIMIT_MS} ms`)), START_LIMIT_MS);
    child.once('exit', () => reject(new Error('it ended')));
    child.once('message', (report: Report) => {
      clearTimeout(limit);
      if (report.kind === 'ready') resolve(report.addresses);
      else reject(new Error(`it said ${report.kind} before it was ready`));
    });
  });
}

/** Kills the child when we die without a chance to: the guard reads from a pipe that only we hold open. */
function guard(child: ChildProcess): void {
  const script = 'read -r _; kill -s KILL "$1"';
  const watcher = spawn('sh', ['-c', script, 'guard', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  child.once('exit', () => watcher.kill('SIGKILL')); // the pid may soon be somebody else's
}
