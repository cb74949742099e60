import { type LevelWithSilent, pino } from 'pino';

/** A log and its lines. */
export function recordingLog(level: LevelWithSilent = 'info') {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  return { lines, log: pino({ level, base: null, timestamp: false }, { write }) };
}
