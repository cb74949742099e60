import type { Server } from 'node:http';
import type { Arrivals } from '../domain/token/exchange.ts';

/** So many turns of the event loop after a connection was accepted, what came with it has been read. */
const QUIET_TURNS = 3;
/** Under a constant stream of new connections the wait ends nevertheless. */
const MOST_TURNS = 1_000;

/**
 * A process accepts one connection in each turn of its event loop, so requests on new connections may have waited in the
 * kernel for many turns before they are received.
 */
export class HttpArrivals implements Arrivals {
  #connections = 0;

  watch(server: Server): void {
    server.on('connection', () => {
      this.#connections++;
    });
  }

  async settled(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      const before = this.#connections;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.#connections === before ? quiet + 1 : 0;
    }
  }
}
