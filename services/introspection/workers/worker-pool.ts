import cluster from 'node:cluster';
import { type AddressInfo, createServer } from 'node:net';
import { FileReloader } from '#common/process/file-reloader.ts';
import type { Log } from '#common/process/log.ts';
import { MetricsServer } from '#common/process/metrics-server.ts';
import type { Service } from '#common/process/run.ts';
import { ServerTls } from '#common/tls/server-tls.ts';
import type { Config } from '../config.ts';
import { introspectionMetrics, type MetricsSnapshot, sumOf } from '../metrics.ts';
import { Restarts } from './restarts.ts';
import { WorkerProcess } from './worker-process.ts';

/**
 * `INTROSPECTION_WORKERS` processes, each a whole replica, behind the same ports (docs/adr/0007). On the fast port
 * each of them listens for itself (SO_REUSEPORT) and the kernel deals out connections; on the standard port and that of
 * the HTTP endpoints node:cluster does, since grpc-js cannot share one. This process serves nothing but their metrics, summed.
 */
export class WorkerPool implements Service {
  /** Resolves with the reason when workers die again and again. */
  readonly failed: Promise<string>;
  readonly #failed = Promise.withResolvers<string>();
  readonly #config: Config;
  readonly #log: Log;
  /** For the metrics port; the workers read their files themselves. */
  readonly #files: FileReloader;
  readonly #metrics: MetricsServer;
  readonly #workers = new Set<WorkerProcess>();
  readonly #restarts = new Restarts();
  #environment: Record<string, string> = {};
  #isStopping = false;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#files = new FileReloader(log, config.fileCheckIntervalMs);
    const tls = config.tls && new ServerTls(config.tls, this.#files, log);
    this.#metrics = new MetricsServer(
      introspectionMetrics(() => this.#numbers(), tls),
      tls,
    );
    this.failed = this.#failed.promise;
  }

  async start(): Promise<Record<string, string>> {
    const { grpcHost, grpcPort, fastPort, authzHttpHost, authzHttpPort, metricsHost, metricsPort, workers } =
      this.#config;
    const settled = async (port: number, host = grpcHost) => String(await settlePort(host, port));
    this.#environment = { GRPC_PORT: await settled(grpcPort), METRICS_PORT: '' };
    if (fastPort !== undefined) this.#environment.FAST_PORT = await settled(fastPort);
    if (authzHttpPort !== undefined) this.#environment.AUTHZ_HTTP_PORT = await settled(authzHttpPort, authzHttpHost);
    if (metricsPort !== undefined) await this.#metrics.listen(metricsHost, metricsPort);
    const ready = Array.from({ length: workers }, () => this.#add().ready());
    const [addresses] = await Promise.all(ready);
    return addresses ?? {};
  }

  /** Serves nothing itself: its workers drain once they are told to stop. */
  drain(): void {}

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#workers].map((worker) => worker.stop(this.#config.drainMs)));
    this.#files.close();
    await this.#metrics.close();
  }

  #add(): WorkerProcess {
    const worker = new WorkerProcess(cluster.fork(this.#environment));
    this.#workers.add(worker);
    void worker.ended.then((how) => {
      this.#workers.delete(worker);
      if (!this.#isStopping) this.#replace(how);
    });
    return worker;
  }

  #replace(how: object): void {
    const waitMs = this.#restarts.onExit(performance.now());
    this.#log.error({ ...how, waitMs }, 'a worker has ended');
    const add = () => {
      if (!this.#isStopping) this.#add();
    };
    if (waitMs === undefined) this.#failed.resolve('workers end again and again');
    else setTimeout(add, waitMs);
  }

  /** A worker that cannot say (it hangs, or has just died) is left out: its counters start anew anyway. */
  async #numbers(): Promise<MetricsSnapshot> {
    const measured = await Promise.allSettled([...this.#workers].map((worker) => worker.measure()));
    return sumOf(measured.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  }
}

/**
 * The port that all workers are to listen on, a free one for 0. Throws if it is in use: with SO_REUSEPORT two services
 * could otherwise share it without a word.
 */
async function settlePort(host: string, port: number): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host, port, exclusive: true }, resolve);
  });
  const { port: settled } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return settled;
}
