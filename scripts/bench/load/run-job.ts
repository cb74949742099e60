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
import type { Job, Report } from './job.ts';
import { ClosedLoop, FixedRate, type Pace } from './pace.ts';

/** Not counted: connections open, code is compiled, caches of memory fill. */
const WARM_UP_MS = 500;
/** For the answers that are still under way at the end. */
const DRAIN_MS = 5_000;
/** For a job that ends with its bodies. */
const MOST_MS = 120_000;
const POLL_MS = 5;

/** Runs one job. Throws when a connection breaks or an answer is not what it must be. */
export async function runJob(job: Job): Promise<Report> {
  const pace = job.perSecond === undefined ? new ClosedLoop() : new FixedRate(job.perSecond);
  const body = bodyOf(job.target.ask);
  const run = new Run(pace);
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
    await run.pass(WARM_UP_MS);
    const counted = await run.count(seconds * 1_000);
    pace.stop();
    await allAnswered(performance.now() + DRAIN_MS);
    return counted;
  }

  /** Until all bodies are sent and answered; all of it counts. */
  async function runOut(): Promise<number> {
    const begun = performance.now();
    run.isCounting = true;
    pace.start(connections);
    await allAnswered(begun + MOST_MS);
    return (run.lastAnswerAt - begun) / 1_000;
  }

  async function allAnswered(deadline: number): Promise<void> {
    while (connections.some(({ inFlight }) => inFlight > 0)) {
      if (performance.now() > deadline) throw new Error('answers are missing');
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
  /** Whether answers count just now. */
  isCounting = false;
  lastAnswerAt = Number.NaN;
  #answers = 0;
  #wrong = 0;
  readonly #latenciesMs: number[] = [];
  #error: Error | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  answered(startedAt: number, isAsExpected: boolean): void {
    this.#answers++;
    if (!isAsExpected) this.#wrong++;
    this.lastAnswerAt = performance.now();
    if (this.isCounting) this.#latenciesMs.push(this.lastAnswerAt - startedAt);
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
    if (this.#wrong > 0) throw new Error(`${this.#wrong} of ${this.#answers} answers are not what they must be`);
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
      p50Ms: percentile(this.#latenciesMs, 0.5),
      p99Ms: percentile(this.#latenciesMs, 0.99),
    };
  }
}
