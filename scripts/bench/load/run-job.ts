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
import type { Job, Report, TimedAnswer } from './job.ts';
import { ClosedLoop, FixedRate, type Pace } from './pace.ts';

/** Without an answer while some are missing. */
const MAX_SILENCE_MS = 10_000;
const POLL_MS = 5;

/** Runs one job. Throws when a connection breaks, answers stay away, or an answer is not as expected. */
export async function runJob(job: Job): Promise<Report> {
  const pace = job.perSecond === undefined ? new ClosedLoop() : new FixedRate(job.perSecond);
  const body = bodyOf(job.target.ask);
  const run = new Run(pace, job);
  const connections = await openConnections(job, body, run);
  try {
    const seconds = body !== undefined && Number.isFinite(body.left) ? await runOut() : await runFor(job.seconds);
    return run.report(seconds);
  } finally {
    pace.stop();
    for (const connection of connections) connection.close();
  }

  async function runFor(seconds: number): Promise<number> {
    pace.start(connections);
    await run.pass(job.warmUpSeconds * 1_000);
    const counted = await run.count(seconds * 1_000);
    pace.stop();
    await allAnswered();
    return counted;
  }

  /** Until all requests are sent and answered; all of it counts. */
  async function runOut(): Promise<number> {
    const begun = performance.now();
    run.isCounting = true;
    pace.start(connections);
    await allAnswered();
    return (run.lastAnswerAt - begun) / 1_000;
  }

  async function allAnswered(): Promise<void> {
    const begun = performance.now();
    while (connections.some(({ inFlight }) => inFlight > 0)) {
      if (performance.now() - Math.max(begun, run.lastAnswerAt) > MAX_SILENCE_MS)
        throw new Error('answers are missing');
      await run.pass(POLL_MS);
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
  if (body === undefined) throw new Error('HTTP/1.1 requests have a body here');
  const sockets = await openSockets(target.port, connections * streams, run);
  return sockets.map((socket) => new Http1Connection(socket, target, body, check, run));
}

function openSockets(port: number, count: number, { failed }: ConnectionEvents): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      await once(socket, 'connect');
      socket.on('error', failed);
      socket.on('end', () => failed(new Error('the server has closed a connection')));
      return socket;
    }),
  );
}

/** What happens while a job runs. */
class Run implements ConnectionEvents {
  readonly #pace: Pace;
  readonly #countsFailures: boolean;
  readonly #timeline: TimedAnswer[] | undefined;
  /** Whether answers count now. */
  isCounting = false;
  lastAnswerAt = 0;
  #answers = 0;
  #failures = 0;
  readonly #latenciesMs: number[] = [];
  #error: Error | undefined;

  constructor(pace: Pace, { countsFailures = false, isTimed = false }: Job) {
    this.#pace = pace;
    this.#countsFailures = countsFailures;
    this.#timeline = isTimed ? [] : undefined;
  }

  answered(startedAt: number, isAsExpected: boolean): void {
    this.#answers++;
    if (!isAsExpected) this.#failures++;
    this.lastAnswerAt = performance.now();
    if (!this.isCounting) return;
    const latencyMs = this.lastAnswerAt - startedAt;
    this.#latenciesMs.push(latencyMs);
    this.#timeline?.push({ at: performance.timeOrigin + this.lastAnswerAt, latencyMs });
  }

  freed(connection: Connection): void {
    this.#pace.freed(connection);
  }

  failed = (error: Error): void => {
    this.#error ??= error;
  };

  async pass(ms: number): Promise<void> {
    await sleep(ms);
    if (this.#error !== undefined) throw this.#error;
    if (this.#failures === 0 || this.#countsFailures) return;
    throw new Error(`${this.#failures} of ${this.#answers} answers are not what they must be`);
  }

  /** Counts for about that long; returns the seconds that it really was. */
  async count(ms: number): Promise<number> {
    const begun = performance.now();
    this.isCounting = true;
    await this.pass(ms);
    this.isCounting = false;
    return (performance.now() - begun) / 1_000;
  }

  report(seconds: number): Report {
    return {
      perSecond: this.#latenciesMs.length / seconds,
      answers: this.#answers,
      failures: this.#failures,
      p50Ms: percentile(this.#latenciesMs, 0.5),
      p99Ms: percentile(this.#latenciesMs, 0.99),
      ...(this.#timeline !== undefined && { timeline: this.#timeline }),
    };
  }
}
