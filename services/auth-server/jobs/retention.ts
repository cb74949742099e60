import { setTimeout } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Clock } from '#common/process/clock.ts';
import type { Log } from '#common/process/log.ts';
import { movePartitions, REMOVABLE_TABLES, REMOVAL_BATCH, removeBatch } from '../store/retention.ts';
import type { Schema } from '../store/schema.ts';

/** The first round comes soon, for processes that do not live for an hour; at a time of its own in each of a fleet. */
const FIRST_ROUND_MS = 30_000;
const FIRST_ROUND_JITTER_MS = 60_000;
const INTERVAL_MS = 60 * 60_000;
/** Between full batches, so that removing leaves most of the disk and the connections to others. */
const PAUSE_MS = 100;
const DAY_MS = 24 * 60 * 60_000;
/**
 * For how long a dead pair or code can still be told from a malformed token (reuse is audited, a replay revokes), and for how long
 * deliveries are in the log and idempotency keys of events are remembered.
 */
const RETENTION_DAYS = 30;

/** Resolves after that time; rejects as soon as the signal is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>;

export interface RetentionParts {
  readonly db: Kysely<Schema>;
  readonly clock: Clock;
  readonly log: Log;
  /** Months of audit events to keep beside the current one; 0: all. */
  readonly auditMonths: number;
  /** In place of timers, for tests. */
  readonly wait?: Wait;
}

const waitForTimer: Wait = (ms, signal) => setTimeout(ms, undefined, { signal });

/** Removes what is dead for so long that nobody asks for it any more. Every auth-server runs one; one works at a time. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #wait: Wait;
  readonly #stop = new AbortController();
  readonly #removed: Record<string, number> = Object.fromEntries(
    ['audit_events', ...REMOVABLE_TABLES].map((table) => [table, 0]),
  );
  #lastSuccess = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#wait = parts.wait ?? waitForTimer;
  }

  /** Rows by table, since the process began. */
  get removed(): Readonly<Record<string, number>> {
    return this.#removed;
  }

  /** When this server last completed a round, in seconds since 1970; 0: never. */
  get lastSuccess(): number {
    return this.#lastSuccess;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Waits for the batch in progress. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Removes all there is to remove; false if it left the rest to another server, or was stopped. */
  async round(): Promise<boolean> {
    const { db, clock, auditMonths } = this.#parts;
    const now = clock.now();
    const cutoff = new Date(now - RETENTION_DAYS * DAY_MS);
    if (!this.#count('audit_events', await movePartitions(db, new Date(now), auditMonths))) return false;
    for (const table of REMOVABLE_TABLES) {
      let removed: number | undefined = REMOVAL_BATCH;
      while (removed === REMOVAL_BATCH) {
        removed = await removeBatch(db, table, cutoff);
        if (!this.#count(table, removed)) return false;
        if (removed === REMOVAL_BATCH && !(await this.#paused(PAUSE_MS))) return false;
      }
    }
    this.#lastSuccess = clock.now() / 1_000;
    return true;
  }

  async #run(): Promise<void> {
    let delay = FIRST_ROUND_MS + Math.random() * FIRST_ROUND_JITTER_MS;
    while (await this.#paused(delay)) {
      await this.round().catch((err) => this.#parts.log.warn({ err }, 'retention failed; next try in an hour'));
      delay = INTERVAL_MS;
    }
  }

  #count(table: string, removed: number | undefined): removed is number {
    this.#removed[table] = (this.#removed[table] ?? 0) + (removed ?? 0);
    return removed !== undefined;
  }

  /** False once it is stopped. */
  async #paused(ms: number): Promise<boolean> {
    await this.#wait(ms, this.#stop.signal).catch(() => {});
    return !this.#stop.signal.aborted;
  }
}
