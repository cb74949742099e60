import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { Histograms, type Series } from '#common/observe/histogram.ts';
import type { Clock } from '#common/process/clock.ts';
import type { ClaimedDelivery, DeliveryQueue, Outcome } from '../../domain/webhook/delivery-store.ts';
import type { WebhookDeliverer } from '../../domain/webhook/webhook-deliverer.ts';
import type { JobRuns } from '../job-runs.ts';
import { DeliverySlots } from './delivery-slots.ts';

/** How often an idle server polls for due deliveries. */
const POLL_MS = 250;
/** Minimum time between the starts of rounds. A batch of deliveries costs Postgres little more than a single one. */
const ROUND_MS = 20;
/** Attempts that begin in one turn of the event loop. All those of a round would block other requests for up to 10 ms. */
const ATTEMPTS_PER_TURN = 8;
/** After this time another server may claim the delivery. An attempt takes at most 10 s; the next round stores its outcome. */
const LEASE_MS = 30_000;
/** How long `stop` waits for attempts in flight. */
const GRACE_ON_STOP_MS = 5_000;

export interface DispatcherDependencies {
  readonly queue: DeliveryQueue;
  readonly deliverer: WebhookDeliverer;
  readonly clock: Clock;
  readonly runs: JobRuns;
  /** Maximum number of concurrent attempts. */
  readonly concurrency: number;
}

/**
 * Sends due deliveries. Every auth-server runs it. A server leases the deliveries that it sends; after the lease any server
 * can claim them. Delivery is therefore at least once, and repeats have the same id.
 */
export class WebhookDispatcher {
  readonly #dependencies: DispatcherDependencies;
  readonly #slots: DeliverySlots;
  readonly #attempts = new Histograms<'result'>();
  /** Outcomes that are not stored yet. */
  #outcomes: Outcome[] = [];
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #wake: () => void = () => {};

  constructor(dependencies: DispatcherDependencies) {
    this.#dependencies = dependencies;
    this.#slots = new DeliverySlots(dependencies.concurrency);
  }

  /** Attempts, by `result`: `succeeded`, `pending` (it will be retried), or `failed` (the final retry). */
  get attemptSeries(): Series[] {
    return this.#attempts.series;
  }

  get attemptsInFlight(): number {
    return this.#slots.inFlight;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Claims no further deliveries and waits for attempts in flight, at most 5 s. Other servers send the rest. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    const deadline = performance.now() + GRACE_ON_STOP_MS;
    while (this.#slots.inFlight > 0 && performance.now() < deadline) {
      await this.#dependencies.runs.run('webhook_dispatch', () => this.#recordOutcomes());
      await this.#pause();
    }
  }

  /** Each round stores the outcomes since the last one and claims deliveries for the slots that became free. */
  async #run(): Promise<void> {
    while (!this.#stopped) {
      const nextRound = performance.now() + ROUND_MS;
      const claimed = await this.#dependencies.runs.run('webhook_dispatch', async () => {
        await this.#recordOutcomes();
        return this.#claim();
      });
      if (claimed === undefined || (claimed === 0 && this.#outcomes.length === 0)) await this.#pause();
      await delay(Math.max(0, nextRound - performance.now()));
    }
  }

  /** Returns the number of claimed deliveries. 0 is a success: only `false` would be a skipped round for JobRuns. */
  async #claim(): Promise<number> {
    const { queue, clock } = this.#dependencies;
    const { capacity } = this.#slots;
    if (capacity.total < 1) return 0;
    const now = clock.now();
    const claimed = await queue.claim(capacity, new Date(now), new Date(now + LEASE_MS));
    for (const [index, delivery] of claimed.entries()) {
      if (index > 0 && index % ATTEMPTS_PER_TURN === 0) await nextTurn();
      void this.#attempt(delivery);
    }
    return claimed.length;
  }

  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    this.#slots.acquire(delivery.appId);
    const outcome = await this.#dependencies.deliverer.attempt(delivery);
    this.#attempts.of({ result: outcome.next.status }).observe(outcome.attempt.durationMs);
    this.#outcomes.push(outcome);
    this.#wake();
  }

  /** Outcomes that cannot be stored keep their slots until a later round stores them. */
  async #recordOutcomes(): Promise<void> {
    const outcomes = this.#outcomes;
    if (outcomes.length === 0) return;
    this.#outcomes = [];
    try {
      await this.#dependencies.deliverer.recordOutcomes(outcomes);
    } catch (error) {
      this.#outcomes.push(...outcomes);
      throw error;
    }
    for (const { delivery, attempt, next } of outcomes) {
      this.#slots.release(delivery.appId, { durationMs: attempt.durationMs, succeeded: next.status === 'succeeded' });
    }
  }

  /** Waits until an attempt ends, at most until the next poll. */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
