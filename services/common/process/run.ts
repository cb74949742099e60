import { setTimeout } from 'node:timers/promises';
import type { Log } from './log.ts';

/** Something that was built and can be started and stopped once. */
export interface Service {
  /** Resolves when it serves; says where, for the log. */
  start(): Promise<Record<string, string>>;
  /** From now on it says that it is not ready, and serves on: balancers and clients are to look elsewhere. */
  drain(): void;
  /** Stops accepting, finishes what runs within a bound, closes what it holds. */
  stop(): Promise<void>;
  /** Resolves with the reason when it cannot go on. */
  readonly failed?: Promise<string>;
}

/** A service, and for how long it serves on once it has said that it is not ready. */
export interface Process {
  readonly service: Service;
  readonly log: Log;
  readonly drainMs: number;
}

/**
 * The life of a process: build, start, wait for the word to end (a signal, unless told), drain, exit. A second signal ends
 * it at once. A failed start exits with 1, and so does a service that cannot go on; a configuration that cannot be used
 * says so without a stack trace.
 */
export async function runService(build: () => Process, told: Promise<string> = firstSignal()): Promise<void> {
  const { service, log, drainMs } = buildOrExit(build);
  try {
    log.info(await service.start(), 'ready');
  } catch (error) {
    log.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
  const failed =
    service.failed?.then((reason) => log.fatal({ reason }, 'cannot go on')) ?? new Promise<never>(() => {});
  const drained = told.then((reason) => {
    log.info({ reason, drainMs }, 'draining');
    service.drain();
    return setTimeout(drainMs);
  });
  const exitCode = await Promise.race([drained.then(() => 0), failed.then(() => 1)]);
  await service.stop();
  log.info('stopped');
  process.exit(exitCode);
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process. */
export function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}

function buildOrExit<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
