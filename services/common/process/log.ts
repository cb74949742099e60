import { pino } from 'pino';

export type Log = pino.Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/**
 * Structured logs on stderr, written synchronously: a buffer that cannot be flushed would keep the process from exiting.
 * Credentials that a service creates are `Secret`s, which cannot be logged by accident.
 */
export function createLog(service: string, level: LogLevel): Log {
  return pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
