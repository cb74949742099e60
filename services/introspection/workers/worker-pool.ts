import cluster from 'node:cluster';
import { createServer } from 'node:net';
import { FileReloader } from '#common/process/file-reloader.ts';
import { listen } from '#common/process/listen.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import { UpstreamTls } from '#common/tls/upstream-tls.ts';
import type { Config } from '../config.ts';
import { introspectionMetrics, type MetricsSnapshot, sumOf } from '../metrics.ts';
import { Restarts } from './restarts.ts';
import { WorkerProcess } from './worker-process.ts';

/**
 * Runs `INTROSPECTION_WORKERS` processes, each a whole replica, behind the same ports (docs/adr/0007). On the fast port each of
 * them listens with SO_REUSEPORT, and the kernel distributes connections. On the standard port, where grpc-js cannot set
 * SO_REUSEPORT, and on the HTTP port node:cluster distributes them. This process serves only the sum of the workers' metrics.
 */
export class WorkerPool implements Service {
  /** Resolves with the reason after too many workers have exited. */
  readonly failed: Promise<string>;
  readonly #failed = Promise.withResolvers<string>();
  readonly #config: Config;
  readonly #log: Log;
  /** For the metrics port; workers read their files themselves. */
  readonly #files: FileReloader;
  readonly #metricsServer: MetricsServer;
  readonly #workers = new Set<WorkerProcess>();
  readonly #restarts = new Restarts();
  /** Environment variables of the workers that differ from those of this process. */
  readonly #environment: Record<string, string> = { METRICS_PORT: '' };
  #isStopping = false;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#files = new FileReloader(log, config.fileCheckIntervalMs);
    const tls = config.tls && new ServerTls(config.tls, this.#files, log);
    const upstreamTls = config.upstreamTls && new UpstreamTls(config.upstreamTls, this.#files, log);
    this.#metricsServer = new MetricsServer(
      introspectionMetrics(() => this.#sum(), { server: tls, client: upstreamTls }),
      tls,
    );
    this.failed = this.#failed.promise;
  }

  async start(): Promise<Record<string, string>> {
    const { grpcHost, grpcPort, fastPort, authzHttpHost, authzHttpPort, metricsHost, metricsPort, workers } =
      this.#config;
    await ensureFree(grpcHost, grpcPort);
    await ensureFree(grpcHost, fastPort);
    await ensureFree(authzHttpHost, authzHttpPort);
    const metrics = await this.#metricsServer.start(metricsHost, metricsPort);
    const addresses = await this.#add().ready();
    // For port 0, the kernel chooses a port once, for the first worker. For the other two ports node:cluster sees to that.
    if (addresses.fastPort !== undefined) this.#environment.FAST_PORT = portOf(addresses.fastPort);
    await Promise.all(Array.from({ length: workers - 1 }, () => this.#add().ready()));
    return { ...addresses, ...metrics };
  }

  /** Does nothing: the workers drain when they are stopped. */
  drain(): void {}

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#workers].map((worker) => worker.stop(this.#config.drainMs)));
    this.#files.close();
    await this.#metricsServer.close();
  }

  #add(): WorkerProcess {
    const worker = new WorkerProcess(cluster.fork(this.#environment));
    this.#workers.add(worker);
    void worker.exited.then((exit) => {
      this.#workers.delete(worker);
      if (!this.#isStopping) this.#replace(exit);
    });
    return worker;
  }

  #replace(exit: object): void {
    const waitMs = this.#restarts.onExit(performance.now());
    this.#log.error({ ...exit, waitMs }, 'worker exited');
    const add = () => {
      if (!this.#isStopping) this.#add();
    };
    if (waitMs === undefined) this.#failed.resolve('too many workers have exited');
    else setTimeout(add, waitMs);
  }

  /** Omits workers that do not reply in time. */
  async #sum(): Promise<MetricsSnapshot> {
    const measured = await Promise.allSettled([...this.#workers].map((worker) => worker.measure()));
    return sumOf(measured.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  }
}

/** Throws if the port is in use, because with SO_REUSEPORT two services could share it unnoticed. */
async function ensureFree(host: string, port: number | undefined): Promise<void> {
  if (port === undefined || port === 0) return;
  const probe = createServer();
  await listen(probe, { host, port, exclusive: true });
  await new Promise((resolve) => probe.close(resolve));
}

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);
