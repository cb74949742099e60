import { Client } from 'undici';
import type { Body } from './body.ts';
import type { Connection, ConnectionEvents } from './connection.ts';
import type { Check } from './expectation.ts';
import type { Target } from './job.ts';

/** An HTTP/1.1 client with one request in flight. undici is faster than the measured servers. */
export class Http1Connection implements Connection {
  readonly #client: Client;
  readonly #target: Target;
  readonly #body: Body;
  readonly #check: Check;
  readonly #events: ConnectionEvents;
  inFlight = 0;

  constructor(target: Target, body: Body, check: Check, events: ConnectionEvents) {
    this.#client = new Client(`http://127.0.0.1:${target.port}`);
    this.#target = target;
    this.#body = body;
    this.#check = check;
    this.#events = events;
  }

  get free(): number {
    return Math.min(1 - this.inFlight, this.#body.left);
  }

  begin([startedAt]: readonly number[]): void {
    this.inFlight++;
    this.#send(startedAt as number).catch(this.#events.onError);
  }

  close(): void {
    void this.#client.destroy();
  }

  async #send(startedAt: number): Promise<void> {
    const { path, fields, payload } = this.#target;
    const content = Buffer.allocUnsafe(this.#body.bytes);
    this.#body.write(content, 0);
    const { statusCode, body } = await this.#client.request(
      payload.kind === 'bearer'
        ? { path, method: 'GET', headers: { ...fields, authorization: content.toString('latin1') } }
        : { path, method: 'POST', headers: fields, body: content },
    );
    const response = Buffer.from(await body.arrayBuffer());
    this.inFlight--;
    this.#events.onResponse(startedAt, statusCode === 200 && this.#check(response, 0, response.length));
    this.#events.onFree(this);
  }
}
