import { unavailable } from '#common/errors/app-error.ts';
import { isLockTimeout } from './errors.ts';

/** Of one app at once; the pool has more connections than that, so that a locked app leaves some to others. */
const MAX_RUNNING = 4;
/** Of one app, before they take a connection. */
const MAX_WAITING = 100;

interface Line {
  running: number;
  readonly waiting: PromiseWithResolvers<void>[];
}

/**
 * The changes of one app that hand out credentials take turns, before any of them takes a connection to Postgres. While the
 * app is locked for long, they are told to come back, and the changes of other apps never notice.
 */
export class Turns {
  readonly #lines = new Map<number, Line>();

  /** UNAVAILABLE without having begun, if too many wait, or if the app has turned out to be locked. */
  async run<T>(appId: number, change: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(appId) ?? { running: 0, waiting: [] };
    this.#lines.set(appId, line);
    if (line.running >= MAX_RUNNING) await wait(line);
    else line.running++;
    try {
      return await change();
    } catch (error) {
      if (isLockTimeout(error)) for (const { reject } of line.waiting.splice(0)) reject(busy(error));
      throw error;
    } finally {
      this.#next(appId, line);
    }
  }

  /** Gives the place to who has waited longest. */
  #next(appId: number, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) next.resolve();
    else if (--line.running === 0) this.#lines.delete(appId);
  }
}

function wait({ waiting }: Line): Promise<void> {
  if (waiting.length >= MAX_WAITING) throw busy();
  const turn = Promise.withResolvers<void>();
  waiting.push(turn);
  return turn.promise;
}

const busy = (cause?: unknown) =>
  unavailable('too many requests of this app wait for another change of it; try again', cause);
