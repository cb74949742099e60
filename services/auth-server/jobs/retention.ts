import { setTimeout } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Clock } from '#common/process/clock.ts';
import { maintainPartitions, REMOVABLE_TABLES, REMOVAL_BATCH, removeBatch } from '../store/retention.ts';
import type { Schema } from '../store/schema.ts';
import type { JobRuns } from './job-runs.ts';

/** The first round is early, for processes that run for less than an hour, and at a random time, so that servers differ. */
const FIRST_ROUND_MS = 30_000;
const FIRST_ROUND_JITTER_MS = 60_000;
const INTERVAL_MS = 60 * 60_000;
/** Pause between full batches, which leaves disk throughput and connections to other work. */
const PAUSE_MS = 100;
const DAY_MS = 24 * 60 * 60_000;
/**
 * How long ended pairs and expired codes are kept, so that their reuse is detected, how long deliveries and failed requests
 * are listed and idempotency keys are remembered, and how long expired secrets and install requests are kept.
 */
const RETENTION_DAYS = 30;

/** Resolves after `ms`; rejects when the signal is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>;

export interface RetentionDependencies {
  readonly db: Kysely<Schema>;
  readonly clock: Clock;
  readonly runs: JobRuns;
  /** Months of audit events to keep in addition to the current one; 0: all. */
  readonly auditMonths: number;
  /** Replaces the timer, in tests. */
  readonly wait?: Wait;
}

const waitForTimer: Wait = (ms, signal) => setTimeout(ms, undefined, { signal });

/**
 * Removes rows past their retention time, and creates partitions of audit_events ahead of time. Every auth-server runs this job,
 * but only one removes rows at a time.
 */
export class Retention {
  readonly #dependencies: RetentionDependencies;
  readonly #waitFor: Wait;
  readonly #stop = new AbortController();
  readonly #removed: Record<string, number> = Object.fromEntries(
    ['audit_events', ...REMOVABLE_TABLES].map((table) => [table, 0]),
  );
  #running: Promise<void> = Promise.resolve();

  constructor(dependencies: RetentionDependencies) {
    this.#dependencies = dependencies;
    this.#waitFor = dependencies.wait ?? waitForTimer;
  }

  /** Removed rows by table, since the process started. */
  get removed(): Readonly<Record<string, number>> {
    return this.#removed;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Waits for the batch in progress. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Removes all expired rows. False if another server is doing so, or if this one was stopped. */
  async round(): Promise<boolean> {
    const { db, clock, auditMonths } = this.#dependencies;
    const now = clock.now();
    const cutoff = new Date(now - RETENTION_DAYS * DAY_MS);
    if (!this.#count('audit_events', await maintainPartitions(db, new Date(now), auditMonths))) return false;
    for (const table of REMOVABLE_TABLES) {
      let removed: number | undefined = REMOVAL_BATCH;
      while (removed === REMOVAL_BATCH) {
        removed = await removeBatch(db, table, cutoff);
        if (!this.#count(table, removed)) return false;
        if (removed === REMOVAL_BATCH && !(await this.#wait(PAUSE_MS))) return false;
      }
    }
    return true;
  }

  async #run(): Promise<void> {
    let delay = FIRST_ROUND_MS + Math.random() * FIRST_ROUND_JITTER_MS;
    while (await this.#wait(delay)) {
      await this.#dependencies.runs.run('retention', () => this.round());
      delay = INTERVAL_MS;
    }
  }

  #count(table: string, removed: number | undefined): removed is number {
    this.#removed[table] = (this.#removed[table] ?? 0) + (removed ?? 0);
    return removed !== undefined;
  }

  /** Waits; false if the job was stopped. */
  async #wait(ms: number): Promise<boolean> {
    await this.#waitFor(ms, this.#stop.signal).catch(() => {});
    return !this.#stop.signal.aborted;
  }
}
