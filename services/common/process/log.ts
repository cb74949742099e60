import { pino } from 'pino';

export type Log = pino.Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/**
 * Structured logs on stderr, written at once: a buffer that cannot be flushed, because its reader has gone, would keep the
 * process from ending. Credentials are `Secret`s or hashes by the time they could get here.
 */
export function createLog(service: string, level: LogLevel): Log {
  return pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
