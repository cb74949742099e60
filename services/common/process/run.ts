import { setTimeout } from 'node:timers/promises';
import type { Log } from './log.ts';

/** A service that can be started and stopped once. */
export interface Service {
  /** Resolves when it serves, with its addresses for the log. */
  start(): Promise<Record<string, string>>;
  /** Reports not ready from now on but keeps serving, so that load balancers and clients stop using it. */
  drain(): void;
  /** Stops accepting, waits for requests in flight within a time limit, closes connections. */
  stop(): Promise<void>;
  /** Resolves with the reason after a fatal error. */
  readonly failed?: Promise<string>;
}

/** A service, its log, and how long it keeps serving after `drain()`. */
export interface Process {
  readonly service: Service;
  readonly log: Log;
  readonly drainMs: number;
}

/**
 * Builds and starts a service, waits for `stopRequested`, drains, stops and exits. After a fatal error it stops without draining.
 * Exits with 1 after this, a failed start or an error of `build`; that error, such as an invalid configuration, is written
 * without its stack trace.
 */
export async function runService(build: () => Process, stopRequested: Promise<string> = firstSignal()): Promise<void> {
  const { service, log, drainMs } = buildOrExit(build);
  try {
    log.info(await service.start(), 'ready');
  } catch (error) {
    log.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
  const failed =
    service.failed?.then((reason) => log.fatal({ reason }, 'fatal; exiting')) ?? new Promise<never>(() => {});
  const drained = stopRequested.then((reason) => {
    log.info({ reason, drainMs }, 'draining');
    service.drain();
    return setTimeout(drainMs);
  });
  const exitCode = await Promise.race([drained.then(() => 0), failed.then(() => 1)]);
  await service.stop();
  log.info('stopped');
  process.exit(exitCode);
}

/** Resolves at the first SIGTERM or SIGINT; the same signal again exits the process. */
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
