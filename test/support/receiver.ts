import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly id: string;
  readonly hookId: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests check the fields they use
  readonly event: any;
}

/** Responds to a request; default 204. */
export type Respond = (response: ServerResponse, received: Received) => void;

const WAIT_MS = 20_000;

/** The webhook receiver of a third-party app. */
export class Receiver {
  readonly #server: Server;
  readonly received: Received[] = [];
  readonly #waiting = new Set<() => void>();
  respond: Respond = (response) => response.writeHead(204).end();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const id = String(request.headers['webhook-id']);
      const hookId = String(request.headers['featureos-hook-id']);
      const received = { id, hookId, headers: request.headers, body, event: JSON.parse(body) };
      this.received.push(received);
      this.respond(response, received);
      for (const check of this.#waiting) check();
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
  }

  /** Responds with this status and body from now on. */
  respondWith(status: number, body = ''): void {
    this.respond = (response) => response.writeHead(status).end(body);
  }

  /** Resolves with the first `count` matching requests. */
  async waitFor(count: number, matches: (received: Received) => boolean = () => true): Promise<Received[]> {
    const found = () => this.received.filter(matches);
    if (found().length < count) {
      await new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => {
          this.#waiting.delete(check);
          reject(new Error(`${found().length} of ${count} requests after ${WAIT_MS} ms`));
        }, WAIT_MS);
        const check = () => {
          if (found().length < count) return;
          clearTimeout(limit);
          this.#waiting.delete(check);
          resolve();
        };
        this.#waiting.add(check);
      });
    }
    return found().slice(0, count);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Verifies a request with the Standard Webhooks library, as if it were received at the time `at`. */
export function verify(
  secret: string,
  { headers, body }: Pick<Received, 'headers' | 'body'>,
  at = Date.now(),
): unknown {
  const realNow = Date.now;
  Date.now = () => at; // the library has no option for the clock
  try {
    return new Webhook(secret).verify(body, headers as Record<string, string>);
  } finally {
    Date.now = realNow;
  }
}
