import { type ChildProcess, spawn } from 'node:child_process';

export interface GuardOptions {
  /** The signal that requests an orderly end. */
  readonly stopSignal: NodeJS.Signals;
  /** Removed when the guard has ended the child. */
  readonly folder?: string;
}

/** Allows two seconds for an orderly end. */
const SCRIPT = `
  read -r _
  kill -s "$2" "$1"; kill -s CONT "$1"
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.2; done
  kill -s KILL "$1"
  [ -z "$3" ] || rm -rf "$3"`;

/**
 * Ends a child process when this process has ended, even if it was killed and ran no handlers. The guard, a shell, reads from a
 * pipe that only this process holds open: when this process ends, the kernel closes the pipe. The guard is killed when the child
 * exits, because another process may get the child's pid. Call guard() in the turn that spawned the child, or its exit may be
 * missed.
 */
export function guard(child: ChildProcess, { stopSignal, folder = '' }: GuardOptions): void {
  const args = [String(child.pid), stopSignal.replace('SIG', ''), folder];
  const shell = spawn('sh', ['-c', SCRIPT, 'guard', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  child.once('exit', () => shell.kill('SIGKILL'));
}
