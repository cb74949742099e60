import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Statement } from './statement.ts';

const START_MS = 30_000;
/** auth-server's sweep asks Postgres, too, now and then; a recording that it got into is made again. */
const MOST_ATTEMPTS = 10;

/** One request, given the address of the server that records it. */
export type Request = (http: string) => Promise<void>;

/** Records requests one by one. */
export class Recorder {
  readonly #child: ChildProcess;
  readonly #http: string;

  private constructor(child: ChildProcess, http: string) {
    this.#child = child;
    this.#http = http;
  }

  /** With the environment of an auth-server. */
  static async start(environment: Readonly<Record<string, string>>): Promise<Recorder> {
    const child = fork(join(import.meta.dirname, 'recording-server.ts'), {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 2, 2, 'ipc'],
      serialization: 'advanced',
    });
    const [{ http }] = await once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
    return new Recorder(child, http);
  }

  /** The statements of a request. `next` gives another request of the same kind each time; the last one is returned, too. */
  async record<R extends { readonly send: Request }>(next: () => R): Promise<{ statements: Statement[]; request: R }> {
    let before = '';
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const request = next();
      this.#child.send('begin');
      await request.send(this.#http);
      this.#child.send('end');
      const [statements] = (await once(this.#child, 'message')) as [Statement[]];
      const texts = statements.map(({ text }) => text).join('\n');
      if (texts === before) return { statements, request };
      before = texts;
    }
    throw new Error(`no two requests of ${MOST_ATTEMPTS} made the same statements`);
  }

  stop(): void {
    this.#child.kill('SIGKILL'); // what it holds is Postgres's and Redis's to clear up
  }
}
