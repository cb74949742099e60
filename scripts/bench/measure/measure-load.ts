import type { Bench } from '../bench.ts';
import { cpuMicros } from './cpu-time.ts';
import type { MeasuredServer } from './measured-server.ts';

/** Connections × requests in flight on each. */
export interface Shape {
  readonly connections: number;
  readonly streams: number;
}

export const ONE_CONNECTION: Shape = { connections: 1, streams: 10 };
export const TEN_CONNECTIONS: Shape = { connections: 10, streams: 10 };

export const nameOf = ({ connections, streams }: Shape): string => `${connections} × ${streams}`;

/** A type and not an interface, so that it is assignable to Sample. */
export type LoadSample = {
  readonly perSecond: number;
  /** CPU time of the server per request, µs. */
  readonly cpuMicros: number;
  readonly p99Ms: number;
};

/** One run of load, at a fixed rate or at full load. */
export async function measureLoad(
  { load, settings }: Bench,
  { target, pids }: MeasuredServer,
  shape: Shape,
  perSecond?: number,
): Promise<LoadSample> {
  const before = cpuMicros(pids);
  const report = await load.run({
    target,
    ...shape,
    seconds: settings.seconds,
    warmUpSeconds: settings.warmUpSeconds,
    ...(perSecond !== undefined && { perSecond }),
  });
  const used = cpuMicros(pids) - before;
  return { perSecond: report.perSecond, cpuMicros: used / report.responses, p99Ms: report.p99Ms };
}

/** One run of load, with all live tokens cached before it starts. */
export async function measureHits(
  bench: Bench,
  server: MeasuredServer,
  shape = TEN_CONNECTIONS,
  perSecond?: number,
): Promise<LoadSample> {
  await bench.cache.ensureCached();
  return measureLoad(bench, server, shape, perSecond);
}
