import { type ChildProcess, spawn } from 'node:child_process';

export interface GuardOptions {
  /** Asks the process for an orderly end. */
  readonly stopSignal: NodeJS.Signals;
  /** Removed once the process has ended. */
  readonly folder?: string;
}

/** Two seconds for the orderly end; nobody is left who could wait longer. */
const SCRIPT = `
  read -r _
  kill -s "$2" "$1"; kill -s CONT "$1"
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.2; done
  kill -s KILL "$1"
  [ -z "$3" ] || rm -rf "$3"`;

/**
 * Ends a child process when we die in a way that runs no handler of ours: the guard
 * reads from a pipe that only we hold open, and the kernel closes it for us.
 *
 * The guard goes with the child, whose pid may soon be somebody else's. Returns what
 * dismisses it, for a child so short-lived that its exit came before anybody could listen.
 */
export function guard(child: ChildProcess, { stopSignal, folder = '' }: GuardOptions): () => void {
  const args = [String(child.pid), stopSignal.replace('SIG', ''), folder];
  const process = spawn('sh', ['-c', SCRIPT, 'guard', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  process.unref();
  const dismiss = (): void => void process.kill('SIGKILL');
  child.once('exit', dismiss);
  return dismiss;
}
