import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { OAuthClient, type Pair } from '../../stack/oauth-client.ts';
import type { StackInfo } from '../../stack/stack-file.ts';

const APPS = 20;
const CONNECTIONS = 20;
/** The shares of v3 requests with an unknown token, and of those after which the connection is closed. */
const UNKNOWN_TOKEN_SHARE = 0.05;
const NEW_CONNECTION_SHARE = 0.02;
const TICK_MS = 20;
/** The pause between two changes. A change is a refresh; every tenth one is a disconnect and a new install instead. */
const CHANGE_MS = 200;
const CHANGES_PER_DISCONNECT = 10;

/** Counts since the start. `allowed` and `refused`: v3 requests that got 200, and any other status. */
export interface Counts {
  allowed: number;
  refused: number;
  changes: number;
  disconnects: number;
  /** Unexpected responses and failed requests. */
  wrong: number;
  /** The first of these; empty if there are none. */
  example: string;
}

interface InstalledApp {
  readonly client: OAuthClient;
  pair: Pair;
  /** While the token is being replaced, `#use` sends no further requests with it. */
  isChanging: boolean;
}

/**
 * Mixed load on a stack until it is aborted: v3 requests at a fixed rate, some with unknown tokens and some on new connections,
 * and concurrently refreshes, disconnects and installs. After each change the old token must be rejected.
 */
export class MixedLoad {
  readonly counts: Counts = { allowed: 0, refused: 0, changes: 0, disconnects: 0, wrong: 0, example: '' };
  readonly #stack: StackInfo;
  readonly #agent = new Agent({ connections: CONNECTIONS });

  constructor(stack: StackInfo) {
    this.#stack = stack;
  }

  async run(perSecond: number, until: AbortSignal): Promise<void> {
    const apps: InstalledApp[] = [];
    for (let index = 0; index < APPS; index++) {
      const client = await OAuthClient.register(this.#stack, `Soak ${index}`);
      apps.push({ client, pair: await client.install(), isChanging: false });
    }
    await Promise.all([this.#use(apps, perSecond, until), this.#change(apps, until)]);
    await this.#agent.close();
  }

  async #use(apps: readonly InstalledApp[], perSecond: number, until: AbortSignal): Promise<void> {
    const began = performance.now();
    const pending = new Set<Promise<void>>();
    for (let sent = 0; !until.aborted; await wait(TICK_MS)) {
      const due = ((performance.now() - began) / 1_000) * perSecond;
      for (; sent < due; sent++) {
        const app = apps[sent % APPS] as InstalledApp;
        if (app.isChanging) continue;
        const isUnknown = Math.random() < UNKNOWN_TOKEN_SHARE;
        const token = isUnknown ? `foot_unknown${sent}` : app.pair.access_token;
        const response = this.#expect(token, isUnknown ? 401 : 200, app).finally(() => pending.delete(response));
        pending.add(response);
      }
    }
    await Promise.all(pending);
  }

  async #change(apps: readonly InstalledApp[], until: AbortSignal): Promise<void> {
    for (let change = 1; !until.aborted; change++, await wait(CHANGE_MS)) {
      const app = apps[change % APPS] as InstalledApp;
      const old = app.pair.access_token;
      app.isChanging = true;
      try {
        if (change % CHANGES_PER_DISCONNECT === 0) {
          const disconnect = await app.client.prepareDisconnect();
          await disconnect();
          await this.#expect(old, 401);
          app.pair = await app.client.install();
          this.counts.disconnects++;
        } else {
          app.pair = await app.client.refresh(app.pair);
          await this.#expect(old, 401);
        }
        this.counts.changes++;
      } catch (error) {
        this.#wrong((error as Error).message);
      } finally {
        app.isChanging = false;
      }
    }
  }

  /** `usedBy`: the app that uses the token. 401 is also accepted if its token is being or has been replaced. */
  async #expect(token: string, status: number, usedBy?: InstalledApp): Promise<void> {
    try {
      const { statusCode, body } = await request(`${this.#stack.gateway.http}/api/v3/feature_requests`, {
        headers: { authorization: `Bearer ${token}` },
        dispatcher: this.#agent,
        reset: Math.random() < NEW_CONNECTION_SHARE,
      });
      await body.dump();
      const wasReplaced = usedBy !== undefined && (usedBy.isChanging || usedBy.pair.access_token !== token);
      if (statusCode === 200) this.counts.allowed++;
      else this.counts.refused++;
      if (statusCode !== status && !(statusCode === 401 && wasReplaced)) {
        this.#wrong(`a v3 request got ${statusCode} instead of ${status}`);
      }
    } catch (error) {
      this.#wrong((error as Error).message);
    }
  }

  #wrong(example: string): void {
    this.counts.wrong++;
    this.counts.example ||= example;
  }
}
