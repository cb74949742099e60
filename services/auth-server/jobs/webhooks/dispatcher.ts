import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import type { ClaimedDelivery, DeliveryQueue, Outcome } from '../../domain/webhook/delivery-store.ts';
import type { WebhookDeliverer } from '../../domain/webhook/webhook-deliverer.ts';
import { DeliverySlots } from './delivery-slots.ts';

/** How often an idle server looks whether something is due. */
const POLL_MS = 250;
/** A round starts at most so often: what it finds together costs Postgres little more than a single delivery. */
const ROUND_MS = 20;
/** After that a delivery counts as lost with its server: an attempt takes at most 10 s, and is kept at once. */
const LEASE_MS = 30_000;
/** For how long a server that stops waits for the attempts that it has begun. */
const GRACE_ON_STOP_MS = 5_000;

export interface DispatcherParts {
  readonly queue: DeliveryQueue;
  readonly deliverer: WebhookDeliverer;
  readonly clock: Clock;
  readonly log: Log;
  /** Attempts under way at once. */
  readonly concurrency: number;
}

/**
 * Sends what is due. Every auth-server runs one: a delivery belongs to the one that has its lease, and when that dies to
 * whichever comes first after the lease. So each is sent at least once, and now and then twice, under the same id.
 */
export class WebhookDispatcher {
  readonly #parts: DispatcherParts;
  readonly #slots: DeliverySlots;
  /** Attempts that are over but not yet kept. */
  #outcomes: Outcome[] = [];
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #failing = false;
  #wake: () => void = () => {};

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#slots = new DeliverySlots(parts.concurrency);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Takes nothing more, and waits for what is under way, within a bound; what is left over is another server's. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    const deadline = performance.now() + GRACE_ON_STOP_MS;
    while (this.#slots.inFlight > 0 && performance.now() < deadline) {
      await this.#tryRound(() => this.#settle());
      await this.#pause();
    }
  }

  /** Outcomes of a round's time are kept together and their places given away together. */
  async #run(): Promise<void> {
    while (!this.#stopped) {
      const nextRound = performance.now() + ROUND_MS;
      const begun = await this.#tryRound(async () => {
        await this.#settle();
        return this.#begin();
      });
      if (!begun && this.#outcomes.length === 0) await this.#pause();
      await delay(nextRound - performance.now());
    }
  }

  /** True if there was something to begin. */
  async #begin(): Promise<boolean> {
    const { queue, clock } = this.#parts;
    const { capacity } = this.#slots;
    if (capacity.total < 1) return false;
    const now = clock.now();
    const claimed = await queue.claim(capacity, new Date(now), new Date(now + LEASE_MS));
    for (const delivery of claimed) void this.#attempt(delivery);
    return claimed.length > 0;
  }

  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    this.#slots.acquire(delivery.appId);
    const outcome = await this.#parts.deliverer.attempt(delivery);
    this.#outcomes.push(outcome);
    this.#wake();
  }

  /** Outcomes that cannot be kept now stay, and so do their places taken. */
  async #settle(): Promise<void> {
    const outcomes = this.#outcomes;
    if (outcomes.length === 0) return;
    this.#outcomes = [];
    try {
      await this.#parts.deliverer.recordOutcomes(outcomes);
    } catch (error) {
      this.#outcomes.push(...outcomes);
      throw error;
    }
    for (const { delivery, attempt, next } of outcomes) {
      this.#slots.release(delivery.appId, { durationMs: attempt.durationMs, succeeded: next.status === 'succeeded' });
    }
  }

  async #tryRound<T>(round: () => Promise<T>): Promise<T | false> {
    try {
      const result = await round();
      this.#failing = false;
      return result;
    } catch (error) {
      if (!this.#failing) this.#parts.log.warn({ err: error }, 'webhooks cannot be sent now; trying again');
      this.#failing = true;
      await this.#pause();
      return false;
    }
  }

  /** Until something is over, or it is time to look. */
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
