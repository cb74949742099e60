import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../figures.ts';
import { type Body, bodyOf } from './body.ts';
import type { Connection, ConnectionEvents } from './connection.ts';
import { CHECKS } from './expectation.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http2Connection } from './http2-connection.ts';
import { Http2Requests } from './http2-requests.ts';
import type { Job, Report, TimedResponse } from './job.ts';
import { ClosedLoop, FixedRate, type Pace } from './pace.ts';

/** Maximum wait for the next response. */
const MAX_SILENCE_MS = 10_000;
const POLL_MS = 5;

/**
 * Runs one job. Throws when a connection breaks, responses are missing, or a response is not as expected (unless
 * `countsFailures`).
 *
 * h2load and autocannon do not suffice. h2load sends one body in all requests, so it would measure one cached token, and checks
 * only statuses; its `--rps` counts latency from when a request was sent, which hides the wait for a stalled server.
 * autocannon has no HTTP/2. The row `generator` of the bench compares the speed of this generator with that of h2load.
 */
export async function runJob(job: Job): Promise<Report> {
  const pace = job.perSecond === undefined ? new ClosedLoop() : new FixedRate(job.perSecond);
  const body = bodyOf(job.target.payload);
  const run = new Run(pace, job);
  const connections = await openConnections(job, body, run);
  try {
    const seconds = body !== undefined && Number.isFinite(body.left) ? await runAll() : await runFor(job.seconds);
    return run.report(seconds);
  } finally {
    pace.stop();
    for (const connection of connections) connection.close();
  }

  async function runFor(seconds: number): Promise<number> {
    pace.start(connections);
    await run.wait(job.warmUpSeconds * 1_000);
    const measured = await run.measure(seconds * 1_000);
    pace.stop();
    await allResponded();
    return measured;
  }

  /** Sends each request once and measures all of them. */
  async function runAll(): Promise<number> {
    const begun = performance.now();
    run.isMeasuring = true;
    pace.start(connections);
    await allResponded();
    return (run.lastResponseAt - begun) / 1_000;
  }

  async function allResponded(): Promise<void> {
    const begun = performance.now();
    while (connections.some(({ inFlight }) => inFlight > 0)) {
      if (performance.now() - Math.max(begun, run.lastResponseAt) > MAX_SILENCE_MS)
        throw new Error('responses are missing');
      await run.wait(POLL_MS);
    }
  }
}

async function openConnections(
  { target, connections, streams }: Job,
  body: Body | undefined,
  run: Run,
): Promise<Connection[]> {
  const check = CHECKS[target.expect];
  if (target.protocol === 'http2') {
    const requests = new Http2Requests(target, body);
    const sockets = await openSockets(target.port, connections, run);
    return sockets.map((socket) => new Http2Connection(socket, requests, streams, check, run));
  }
  if (body === undefined) throw new Error(`the payload ${target.payload.kind} is only for HTTP/2`);
  return Array.from({ length: connections * streams }, () => new Http1Connection(target, body, check, run));
}

function openSockets(port: number, count: number, { onError }: ConnectionEvents): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      await once(socket, 'connect');
      socket.on('error', onError);
      socket.on('end', () => onError(new Error('the server has closed a connection')));
      return socket;
    }),
  );
}

/** Counts the responses of a job, and keeps its first error. */
class Run implements ConnectionEvents {
  readonly #pace: Pace;
  readonly #countsFailures: boolean;
  readonly #timeline: TimedResponse[] | undefined;
  /** Whether responses are measured now. */
  isMeasuring = false;
  lastResponseAt = 0;
  #responses = 0;
  #failures = 0;
  readonly #latenciesMs: number[] = [];
  #error: Error | undefined;

  constructor(pace: Pace, { countsFailures = false, hasTimeline = false }: Job) {
    this.#pace = pace;
    this.#countsFailures = countsFailures;
    this.#timeline = hasTimeline ? [] : undefined;
  }

  onResponse(startedAt: number, isAsExpected: boolean): void {
    this.#responses++;
    if (!isAsExpected) this.#failures++;
    this.lastResponseAt = performance.now();
    if (!this.isMeasuring) return;
    const latencyMs = this.lastResponseAt - startedAt;
    this.#latenciesMs.push(latencyMs);
    this.#timeline?.push({ at: performance.timeOrigin + this.lastResponseAt, latencyMs });
  }

  onFree(connection: Connection): void {
    this.#pace.onFree(connection);
  }

  onError = (error: Error): void => {
    this.#error ??= error;
  };

  /** Waits, and throws if the job has failed by then. */
  async wait(ms: number): Promise<void> {
    await sleep(ms);
    if (this.#error !== undefined) throw this.#error;
    if (this.#failures === 0 || this.#countsFailures) return;
    throw new Error(`${this.#failures} of ${this.#responses} responses are not as expected`);
  }

  /** Measures responses for `ms` milliseconds; returns the exact duration in seconds. */
  async measure(ms: number): Promise<number> {
    const begun = performance.now();
    this.isMeasuring = true;
    await this.wait(ms);
    this.isMeasuring = false;
    return (performance.now() - begun) / 1_000;
  }

  report(seconds: number): Report {
    return {
      perSecond: this.#latenciesMs.length / seconds,
      responses: this.#responses,
      failures: this.#failures,
      p50Ms: percentile(this.#latenciesMs, 0.5),
      p99Ms: percentile(this.#latenciesMs, 0.99),
      ...(this.#timeline !== undefined && { timeline: this.#timeline }),
    };
  }
}
