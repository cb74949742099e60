import { setTimeout as sleep } from 'node:timers/promises';
import { OAuthClient, type Pair } from '../stack/oauth-client.ts';
import { UnexpectedStatus } from '../stack/user-session.ts';
import type { ProductionStack } from './production-stack.ts';
import { type CallKind, type Tally, TallyCounter } from './tally.ts';

export interface LoadOptions {
  /** Clients that call the API alternately with a token that stays active and with disconnected ones. */
  readonly readers: number;
  /** Apps that are installed, refreshed and disconnected over and over. */
  readonly apps: number;
  /** How long a client waits after each call. */
  readonly pauseMs: number;
}

const POLL_MS = 20;
/** Added to `pauseMs` after a failed call. Failed calls are fast, so they would otherwise be most of those that are counted. */
const PAUSE_AFTER_FAILURE_MS = 100;
const CALLS_WITH_EACH_TOKEN = 5;
/** Readers try this many of the most recently disconnected tokens. */
const MAX_ENDED_TOKENS = 50;
const API_TIMEOUT_MS = 10_000;

/** Steady calls through nginx. Each response is checked against the state that the token must have at that time. */
export class Load {
  readonly #stack: Pick<ProductionStack, 'info'>;
  readonly #options: LoadOptions;
  readonly #tally = new TallyCounter();
  /** With the time at which each was started. */
  readonly #callsInFlight = new Set<{ readonly startedAt: number }>();
  readonly #endedTokens: string[] = [];
  #isStopping = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(stack: Pick<ProductionStack, 'info'>, options: LoadOptions) {
    this.#stack = stack;
    this.#options = options;
  }

  /** Resolves when the apps are registered and calls are being made. */
  async start(): Promise<void> {
    const { readers, apps: count } = this.#options;
    const register = (name: string) => OAuthClient.register(this.#stack.info, name);
    const reader = await register('Reader');
    const { access_token: token } = await reader.install();
    const apps = await Promise.all(Array.from({ length: count }, (_, index) => register(`App ${index + 1}`)));
    this.#running = Promise.all([
      ...Array.from({ length: readers }, () => this.#read(token)),
      ...apps.map((app) => this.#change(app)),
    ]);
  }

  /** The counts since the last take(). Waits for the calls in flight and until calls succeed again, at most `recoveryMs`. */
  async take(recoveryMs = 0): Promise<Tally> {
    const now = performance.now();
    const isRecovered = () =>
      !this.#tally.isFailing && [...this.#callsInFlight].every(({ startedAt }) => startedAt > now);
    while (performance.now() < now + recoveryMs && !isRecovered()) await sleep(POLL_MS);
    return this.#tally.take();
  }

  /** Resolves when no call is in flight. Rejects if the load itself has failed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #read(token: string): Promise<void> {
    for (let call = 0; !this.#isStopping; call++) {
      // Shifted, because only odd calls use these tokens.
      const ended = this.#endedTokens[(call >> 1) % MAX_ENDED_TOKENS];
      if (call % 2 === 1 && ended !== undefined) await this.#expect(401, ended, 'a disconnected token');
      else await this.#expect(200, token, 'an active token');
    }
  }

  async #change(app: OAuthClient): Promise<void> {
    while (!this.#isStopping) {
      const first = await this.#untilDone(() => app.install());
      if (first === undefined) return;
      await this.#expectAll(200, first.access_token, 'a new token');
      const second = await this.#untilDone<Pair>(() => app.refresh(first));
      if (second === undefined) return;
      await this.#expectAll(401, first.access_token, 'a token replaced by a refresh');
      await this.#expectAll(200, second.access_token, 'the new token of a refresh');
      const disconnect = await this.#untilDone(() => app.prepareDisconnect());
      if (disconnect === undefined) return;
      await this.#untilDone(disconnect);
      if (this.#isStopping) return;
      this.#endedTokens.unshift(second.access_token);
      this.#endedTokens.length = Math.min(this.#endedTokens.length, MAX_ENDED_TOKENS);
      await this.#expectAll(401, second.access_token, 'a disconnected token');
    }
  }

  async #expectAll(status: number, token: string, description: string): Promise<void> {
    for (let call = 0; call < CALLS_WITH_EACH_TOKEN; call++) await this.#expect(status, token, description);
  }

  async #expect(status: number, token: string, description: string): Promise<void> {
    const actual = await this.#call('api', () => this.#callApi(token));
    if (actual !== undefined && actual !== status) {
      this.#tally.wrong(`${actual} instead of ${status}: ${description}`);
    }
  }

  /** The status; rejects for 5xx. */
  async #callApi(token: string): Promise<number> {
    const response = await fetch(`${this.#stack.info.gateway.http}/api/v3/feature_requests`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(API_TIMEOUT_MS),
    });
    const body = await response.text();
    if (response.status >= 500) throw new UnexpectedStatus(response, body);
    return response.status;
  }

  /** Repeats a change until it succeeds, as clients do. Undefined if the load is stopped first. */
  async #untilDone<T>(change: () => Promise<T>): Promise<T | undefined> {
    while (!this.#isStopping) {
      const result = await this.#call('change', async () => ({ value: await change() }));
      if (result !== undefined) return result.value;
    }
    return undefined;
  }

  /** Undefined if the call has failed. A change that is rejected (below 500) is also a wrong response. */
  async #call<T>(kind: CallKind, call: () => Promise<T>): Promise<T | undefined> {
    const inFlight = { startedAt: performance.now() };
    this.#callsInFlight.add(inFlight);
    try {
      const result = await call();
      this.#tally.success(kind, inFlight.startedAt);
      return result;
    } catch (error) {
      if (error instanceof UnexpectedStatus && error.status < 500) this.#tally.wrong(error.message);
      this.#tally.failure(kind, inFlight.startedAt, describe(error));
      await sleep(PAUSE_AFTER_FAILURE_MS);
      return undefined;
    } finally {
      this.#callsInFlight.delete(inFlight);
      await sleep(this.#options.pauseMs);
    }
  }
}

function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
