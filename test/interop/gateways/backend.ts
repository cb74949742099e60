import { createServer } from 'node:http';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';

/** The backend of a proxy, which receives allowed requests. */
export interface Backend {
  readonly address: string;
  close(): void;
}

export interface ReceivedRequest {
  readonly url: string;
  /** Names and values, alternating, as sent. */
  readonly rawHeaders: readonly string[];
}

/** Starts a backend that responds to each request with its URL and headers. */
export async function startBackend(): Promise<Backend> {
  const server = createServer((request, response) => {
    request.resume();
    const received: ReceivedRequest = { url: request.url as string, rawHeaders: request.rawHeaders };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(received));
  });
  const port = await listenOnLoopback(server);
  return {
    address: `127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
