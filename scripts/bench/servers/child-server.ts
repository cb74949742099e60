import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const START_MS = 30_000;
/** Standard output is for the figures. */
const TO_STDERR: StdioOptions = ['ignore', 2, 2, 'ipc'];

/** A server under measurement in a process of its own. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Runs a file of this folder, which tells its port by announce.ts. It ends when we do, whatever ends us. */
export async function startChildServer(file: string, args: readonly string[] = []): Promise<RunningServer> {
  const child = fork(join(import.meta.dirname, file), args, { stdio: TO_STDERR });
  try {
    const [{ port }] = await Promise.race([
      once(child, 'message', { signal: AbortSignal.timeout(START_MS) }),
      once(child, 'exit').then(() => Promise.reject(new Error(`${file} has ended`))),
    ]);
    return { pid: child.pid as number, port, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL'); // it holds nothing but sockets
  await ended;
}
