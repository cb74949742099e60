import type { Clock } from '#common/process/clock.ts';
import type { FailedRequest, FailedRequestStore, FailureCount } from '../domain/app/failed-request-store.ts';
import type { FailedRequestBuffer } from '../domain/domain.ts';
import type { JobRuns } from './job-runs.ts';

const MINUTE_MS = 60_000;
const FLUSH_MS = 2_000;
/**
 * Rows per client and minute from this server, so that a client whose error descriptions all differ does not fill the table.
 * Authenticated requests and others are counted separately.
 */
const MAX_KINDS_PER_CLIENT = 20;
/** Clients per minute whose secret was valid. Bounds memory to about 50 MB. */
const MAX_CLIENTS = 10_000;
const MAX_CLIENT_ID_LENGTH = 64;
/** Client ids per minute that were sent with a wrong secret. Anyone can send them. */
const MAX_UNAUTHENTICATED = 1_000;

/**
 * Counts the failed requests of apps and writes the counts in batches, outside of requests. Failures above the limits,
 * and those of a failed write, are lost here; the metrics of HTTP requests count them nevertheless.
 */
export class FailedRequestRecorder implements FailedRequestBuffer {
  readonly #store: FailedRequestStore;
  readonly #clock: Clock;
  readonly #runs: JobRuns;
  /** The kinds of failures in this minute, by client. */
  #kinds = { authenticated: new Map<string, Set<string>>(), unauthenticated: new Map<string, Set<string>>() };
  #unwritten = new Map<string, FailureCount>();
  #minute = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushed = Promise.resolve();

  constructor(store: FailedRequestStore, clock: Clock, runs: JobRuns) {
    this.#store = store;
    this.#clock = clock;
    this.#runs = runs;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  record({ isAuthenticated, ...failure }: FailedRequest): void {
    // No app has such a client id. Postgres rejects NUL, and with it the whole batch.
    if (failure.clientId.length > MAX_CLIENT_ID_LENGTH || failure.clientId.includes('\0')) return;
    const now = this.#clock.now();
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#kinds = { authenticated: new Map(), unauthenticated: new Map() };
    this.#minute = minute;
    const { clientId, endpoint, grantType, error, description, organizationId } = failure;
    const kind = JSON.stringify([minute, clientId, endpoint, grantType, error, description, organizationId]);
    if (!this.#admits(clientId, kind, isAuthenticated)) return;
    const count = (this.#unwritten.get(kind)?.count ?? 0) + 1;
    const times = { minute: new Date(minute * MINUTE_MS), lastFailedAt: new Date(now) };
    this.#unwritten.set(kind, { ...failure, ...times, count });
  }

  /** Writes the failures recorded since the last flush, after a flush in progress. */
  async flush(): Promise<void> {
    const failures = [...this.#unwritten.values()];
    this.#unwritten = new Map();
    const write = async () => {
      if (failures.length > 0) await this.#store.add(failures);
    };
    this.#flushed = this.#flushed.then(() => this.#runs.run('failed_requests', write));
    await this.#flushed;
  }

  #admits(clientId: string, kind: string, isAuthenticated: boolean): boolean {
    const clients = isAuthenticated ? this.#kinds.authenticated : this.#kinds.unauthenticated;
    const kinds = clients.get(clientId) ?? new Set();
    if (kinds.has(kind)) return true;
    const maxClients = isAuthenticated ? MAX_CLIENTS : MAX_UNAUTHENTICATED;
    if (kinds.size >= MAX_KINDS_PER_CLIENT || (kinds.size === 0 && clients.size >= maxClients)) return false;
    clients.set(clientId, kinds.add(kind));
    return true;
  }
}
