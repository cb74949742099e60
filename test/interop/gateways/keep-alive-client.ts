import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface ProxyResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Whether the connection had carried a request before. */
  readonly reused: boolean;
}

/** A client with one connection. Uses node:http, because fetch() resolves dots in paths and joins headers. */
export class KeepAliveClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  send(
    path: string,
    headers: Record<string, string | string[]> = {},
    method = 'GET',
    body = '',
  ): Promise<ProxyResponse> {
    const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, path, method, headers };
    return new Promise((resolve, reject) => {
      const request = httpRequest(options, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          reused: request.reusedSocket,
        });
      });
      request.on('error', reject).end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
