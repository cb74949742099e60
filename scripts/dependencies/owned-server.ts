/**
 * A server process that this process started and alone answers for.
 *
 * Three promises: it is only ever signalled by the pid we were given when we
 * started it; it never outlives us, even if we are killed; its log goes to a file,
 * so that a busy owner (a benchmark, say) cannot stall it on a full pipe.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from './guard.ts';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const POLL_INTERVAL_MS = 20;
const LOG_LINES_SHOWN = 20;

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** A private folder, removed when the server stops. The log is kept in it. */
  readonly folder: string;
  /** Asks this server for a quick, orderly end. */
  readonly stopSignal: NodeJS.Signals;
  readonly runAs?: { readonly uid: number; readonly gid: number };
  /** Does this very process answer a client yet, and not another server on the same port? */
  readonly answers: (pid: number) => Promise<boolean>;
}

export interface OwnedServer {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Ends the server, if it still runs, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts the server and resolves once it answers. A server that does not is ended, and its last words are the error. */
export async function startOwnedServer(spec: ServerSpec): Promise<OwnedServer> {
  const logPath = join(spec.folder, 'server.log');
  try {
    const child = await spawnLoggingTo(logPath, spec);
    const server = own(child, spec);
    await waitUntilItAnswers(server.pid, child, spec).catch(async (error: unknown) => {
      const lastLines = (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
      await server.stop();
      throw new Error(lastLines.join('\n  '), { cause: error });
    });
    return server;
  } catch (error) {
    await rm(spec.folder, { recursive: true, force: true });
    throw new Error(`${spec.name} did not start:\n  ${(error as Error).message}`, { cause: error });
  }
}

async function spawnLoggingTo(logPath: string, spec: ServerSpec): Promise<ChildProcess> {
  const log = await open(logPath, 'a');
  try {
    // Detached: a Ctrl-C in the terminal is for us, and we may still need the server while we drain.
    const child = spawn(spec.command, spec.args, {
      cwd: spec.folder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...spec.runAs,
    });
    await once(child, 'spawn');
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

function own(child: ChildProcess, spec: ServerSpec): OwnedServer {
  const pid = child.pid as number;
  const dismissGuard = guard(child, spec);
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  return {
    pid,
    kill,
    async stop() {
      kill(spec.stopSignal);
      // A server that a test has suspended takes no other signal until it continues.
      kill('SIGCONT');
      if (!(await hasEndedWithin(child, STOP_LIMIT_MS))) {
        kill('SIGKILL');
        await hasEndedWithin(child, STOP_LIMIT_MS);
      }
      // Once more, for a server so short-lived that its exit came before we could listen for it.
      dismissGuard();
      await rm(spec.folder, { recursive: true, force: true });
    },
  };
}

async function waitUntilItAnswers(pid: number, child: ChildProcess, spec: ServerSpec): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await spec.answers(pid))) {
    if (hasEnded(child)) throw new Error('it ended');
    if (Date.now() > deadline) throw new Error(`no answer within ${START_LIMIT_MS} ms`);
    await sleep(POLL_INTERVAL_MS);
  }
}

async function hasEndedWithin(child: ChildProcess, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (!hasEnded(child) && Date.now() < deadline) await sleep(POLL_INTERVAL_MS);
  return hasEnded(child);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
