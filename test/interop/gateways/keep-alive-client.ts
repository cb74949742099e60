import { Agent } from 'node:http';
import { type SentResponse, sendHttp } from '../../support/send-http.ts';

type Headers = Record<string, string | string[]>;

/** An HTTP client that sends all requests on one connection, unless the server closes it. */
export class KeepAliveClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  send(path: string, headers: Headers = {}, method = 'GET', body = ''): Promise<SentResponse> {
    return sendHttp(this.#port, path, { agent: this.#agent, method, headers }, body);
  }

  close(): void {
    this.#agent.destroy();
  }
}
