import { createServer, type RequestListener, type Server } from 'node:http';
import { collectDefaultMetrics, type Metric as PrometheusMetric, Registry } from 'prom-client';
import { ConnectionBounds } from '../http/connection-bounds.ts';
import { handleClientError } from '../http/connection-errors.ts';
import { SERVER_OPTIONS } from '../http/server-options.ts';
import { type Series, samplesOf } from '../observe/histogram.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { hostPort } from './host-port.ts';
import { listen } from './listen.ts';
import { within } from './within.ts';

export type Metric = NumberMetric | HistogramMetric;

/** A metric whose value is read at each scrape, so that the service only increments counters. */
interface NumberMetric {
  /** Prometheus name with the unit: `introspection_cache_reads_total`. A name that ends in `_total` is a counter. */
  readonly name: string;
  readonly help: string;
  /**
   * One value, or one per value of the label. A metric whose read rejects or takes longer than READ_TIMEOUT_MS has no samples
   * in the scrape, so that the others stay visible in an outage.
   */
  readonly read: () => Promise<Measured> | Measured;
  readonly label?: string;
}

/** Durations; the name ends in `_seconds`. */
interface HistogramMetric {
  readonly name: string;
  readonly help: string;
  readonly histogram: () => Promise<readonly Series[]> | readonly Series[];
}

/** Below the timeout of a scrape, 10 s by default. */
const READ_TIMEOUT_MS = 2_000;

type Measured = number | Readonly<Record<string, number>>;

const MAX_CONNECTIONS = 100;

/**
 * Serves Prometheus metrics on a separate port, which should be reachable from the operators' network only. Adds metrics of the
 * process: CPU, memory, event loop, garbage collection.
 */
export class MetricsServer {
  readonly #registry = new Registry();
  readonly #server: Server;
  readonly #connections: ConnectionBounds;

  /** `tls`: client certificates are requested as on the gRPC ports; default: plain text. */
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

  /** Listens unless the port is undefined; returns the address for the log. */
  async start(host: string, port: number | undefined): Promise<{ metrics?: string }> {
    return port === undefined ? {} : { metrics: hostPort(host, await this.listen(host, port)) };
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    collectDefaultMetrics({ register: this.#registry });
    return listen(this.#server, { host, port });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connections.destroyAll();
    await closed;
  }

  /**
   * Registers an object with the two properties that the registry reads. prom-client's own metrics look up labels at each
   * observation, and have the value 0 where no value can be read.
   */
  #register(metric: Metric): void {
    const { name, help } = metric;
    const get = async () => {
      const values = await within(READ_TIMEOUT_MS, samplesFor(metric)).catch(() => []);
      return { name, help, type: typeOf(metric), aggregator: 'sum', values };
    };
    this.#registry.registerMetric({ name, get } as unknown as PrometheusMetric);
  }
}

function typeOf(metric: Metric): string {
  if ('histogram' in metric) return 'histogram';
  return metric.name.endsWith('_total') ? 'counter' : 'gauge';
}

async function samplesFor(metric: Metric): Promise<object[]> {
  if ('histogram' in metric) return (await metric.histogram()).flatMap((series) => samplesOf(metric.name, series));
  const { label = '', read } = metric;
  const measured = await read();
  if (typeof measured === 'number') return [{ labels: {}, value: measured }];
  return Object.entries(measured).map(([text, value]) => ({ labels: { [label]: text }, value }));
}
