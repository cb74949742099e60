import type { Log } from './log.ts';

/** Something that was built and can be started and stopped once. */
export interface Service {
  /** Resolves when it serves; says where, for the log. */
  start(): Promise<Record<string, string>>;
  /** Stops accepting, finishes what runs within a bound, closes what it holds. */
  stop(): Promise<void>;
}

/**
 * The life of a process: build, start, wait for a signal, drain, exit. A second signal ends it at once. A failed start
 * exits with 1; a configuration that cannot be used says so without a stack trace.
 */
export async function runService(build: () => { service: Service; log: Log }): Promise<void> {
  const signalled = firstSignal();
  const { service, log } = buildOrExit(build);
  try {
    log.info(await service.start(), 'ready');
  } catch (error) {
    log.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
  log.info({ signal: await signalled }, 'draining');
  await service.stop();
  log.info('stopped');
  process.exit(0);
}

function firstSignal(): Promise<NodeJS.Signals> {
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
