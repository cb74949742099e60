import { createServer, type RequestListener, type Server } from 'node:http';
import { Counter, Gauge, Registry } from 'prom-client';
import { ConnectionBounds } from '../http/connection-bounds.ts';
import { handleClientError } from '../http/connection-errors.ts';
import { SERVER_OPTIONS } from '../http/server-options.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { listen } from './listen.ts';

/** A metric whose value is read at each scrape, so that the service only increments counters. */
export interface Metric {
  /** Prometheus name with the unit: `introspection_cache_reads_total`. A name that ends in `_total` is a counter. */
  readonly name: string;
  readonly help: string;
  /** One value, or one per value of the label. */
  readonly read: () => Promise<Measured> | Measured;
  readonly label?: string;
}

type Measured = number | Readonly<Record<string, number>>;

/** Few clients scrape. */
const MAX_CONNECTIONS = 100;

/** Serves Prometheus metrics on a separate port, which should be reachable from the operators' network only. */
export class MetricsServer {
  readonly #registry = new Registry();
  readonly #server: Server;
  readonly #connections: ConnectionBounds;

  /** `tls`: with the certificates of services, if those are asked for; left out: plain text. */
  constructor(metrics: readonly Metric[], tls?: ServerTls) {
    for (const metric of metrics) this.#register(metric);
    const handle: RequestListener = (request, response) => {
      if (request.url !== '/metrics') return response.writeHead(404).end();
      this.#registry.metrics().then(
        (text) => response.setHeader('content-type', this.#registry.contentType).end(text),
        () => response.writeHead(503).end(),
      );
    };
    this.#server =
      tls?.createHttpsServer('services', SERVER_OPTIONS.http, handle) ?? createServer(SERVER_OPTIONS.http, handle);
    this.#server.on('clientError', handleClientError);
    this.#connections = new ConnectionBounds(this.#server, MAX_CONNECTIONS);
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return listen(this.#server, { host, port });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connections.destroyAll();
    await closed;
  }

  #register({ name, help, label, read }: Metric): void {
    const Kind = name.endsWith('_total') ? Counter : Gauge;
    new Kind({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
      async collect() {
        const measured = await read();
        this.reset();
        if (typeof measured === 'number') this.inc(measured);
        else for (const [value, count] of Object.entries(measured)) this.inc({ [label ?? '']: value }, count);
      },
    });
  }
}
