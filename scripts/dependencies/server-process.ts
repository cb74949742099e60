import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from './guard.ts';

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 10_000;
const POLL_INTERVAL_MS = 20;
const LOG_LINES_SHOWN = 20;

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Default: that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** A private folder: the server runs in it, and stop() or the guard removes it. */
  readonly folder?: string;
  /** The signal that requests an orderly shutdown. */
  readonly stopSignal: NodeJS.Signals;
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

/**
 * A server as a child process. It is ended soon after this process ends, even if this process is killed (guard.ts). Signals are
 * sent to its pid, not to its process group. Its log goes to a file, so that a busy parent cannot stall it on a full pipe.
 */
export class ServerProcess {
  readonly name: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #spec: ServerSpec;
  readonly #child: ChildProcess;
  #hasEnded = false;

  constructor(spec: ServerSpec) {
    this.name = spec.name;
    this.#spec = spec;
    const log = openSync(spec.logFile, 'w', 0o600);
    // Detached: Ctrl-C in a terminal reaches only this process, which may still need the server until its own work has ended.
    this.#child = spawn(spec.command, spec.args, {
      cwd: spec.folder,
      env: spec.environment ?? process.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...spec.runAs,
    });
    closeSync(log);
    this.#child.unref();
    this.ended = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', (error) => {
        writeFileSync(spec.logFile, error.message); // it could not be spawned
        resolve();
      });
    }).then(() => {
      this.#hasEnded = true;
    });
    if (this.#child.pid !== undefined) guard(this.#child, spec);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Waits until `isReady` resolves with true; a rejection counts as false. Throws with the end of the log if the process ends
   * first or takes too long, and when `interrupted` aborts.
   */
  async waitUntil(isReady: () => Promise<boolean>, interrupted?: AbortSignal): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await isReady().catch(() => false))) {
      interrupted?.throwIfAborted();
      if (this.#hasEnded) throw new Error(`${this.name} did not start:\n${this.lastLines()}`);
      if (performance.now() > deadline)
        throw new Error(`${this.name} is not ready after ${START_LIMIT_MS} ms:\n${this.lastLines()}`);
      await sleep(POLL_INTERVAL_MS);
    }
  }

  /** The lines of its log. */
  logLines(): readonly string[] {
    return readFileSync(this.#spec.logFile, 'utf8').trimEnd().split('\n');
  }

  /** The last lines of its log. */
  lastLines(): string {
    return this.logLines().slice(-LOG_LINES_SHOWN).join('\n');
  }

  /** Ends the server, if it still runs, and removes its folder. */
  async stop(): Promise<void> {
    this.kill(this.#spec.stopSignal);
    this.kill('SIGCONT'); // a suspended process handles stopSignal only after this
    const limit = setTimeout(() => this.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(limit);
    if (this.#spec.folder !== undefined) await rm(this.#spec.folder, { recursive: true, force: true });
  }
}

export interface DependencySpec extends Omit<ServerSpec, 'logFile'> {
  readonly folder: string;
  /** Gets the pid of the process, to distinguish it from another server on the same port. */
  readonly isReady: (pid: number) => Promise<boolean>;
}

/** Starts a server that logs to its folder; resolves when it is ready. One that fails to start is stopped. */
export async function startServer({ isReady, ...spec }: DependencySpec): Promise<ServerProcess> {
  const server = new ServerProcess({ ...spec, logFile: join(spec.folder, 'server.log') });
  try {
    await server.waitUntil(() => isReady(server.pid));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
