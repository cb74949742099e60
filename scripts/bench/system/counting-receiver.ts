import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server that counts requests: a receiver of webhooks, or of traces. */
export class CountingReceiver {
  readonly #server: Server;
  count = 0;
  #target = Number.POSITIVE_INFINITY;
  #reached: () => void = () => {};

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      response.writeHead(204).end();
      if (++this.count >= this.#target) this.#reached();
    });
  }

  static async start(): Promise<CountingReceiver> {
    const receiver = new CountingReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Resolves when `target` requests have arrived in total. Rejects after `limitMs`. */
  async receives(target: number, limitMs: number): Promise<void> {
    if (this.count >= target) return;
    this.#target = target;
    await new Promise<void>((resolve, reject) => {
      const missed = () => reject(new Error(`only ${this.count} of ${target} requests arrived within ${limitMs} ms`));
      const limit = setTimeout(missed, limitMs);
      this.#reached = () => {
        clearTimeout(limit);
        resolve();
      };
    });
    this.#target = Number.POSITIVE_INFINITY;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
