import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import { ConnectionBounds } from '../http/connection-bounds.ts';
import { answerBrokenRequest } from '../http/connection-errors.ts';
import { SERVER_OPTIONS } from '../http/server-options.ts';
import type { ServerTls } from '../tls/server-tls.ts';

/** A number that is asked for when somebody looks, so that keeping it costs the service nothing but an increment. */
export interface Metric {
  /** Prometheus name, with its unit: `introspection_cache_reads_total`. One that ends in `_total` is a counter. */
  readonly name: string;
  readonly help: string;
  /** One value, or one for each value of the label. */
  readonly read: () => Promise<Measured> | Measured;
  readonly label?: string;
}

type Measured = number | Readonly<Record<string, number>>;

/** Those who scrape are few. */
const MAX_CONNECTIONS = 100;

/** Prometheus metrics on a port of their own, which should be reachable for the operators' network alone. */
export class MetricsServer {
  readonly #registry = new Registry();
  readonly #server: Server;
  readonly #connections: ConnectionBounds;

  /** `tls`: with the certificates of services, if those are asked for; left out: plain text. */
  constructor(metrics: readonly Metric[], tls?: ServerTls) {
    for (const metric of metrics) this.#register(metric);
    const answer: RequestListener = (request, response) => {
      if (request.url !== '/metrics') return response.writeHead(404).end();
      this.#registry.metrics().then(
        (text) => response.setHeader('content-type', this.#registry.contentType).end(text),
        () => response.writeHead(503).end(),
      );
    };
    this.#server =
      tls?.createHttpsServer('services', SERVER_OPTIONS.http, answer) ?? createServer(SERVER_OPTIONS.http, answer);
    this.#server.on('clientError', answerBrokenRequest);
    this.#connections = new ConnectionBounds(this.#server, MAX_CONNECTIONS);
  }

  /** Resolves with the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
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
