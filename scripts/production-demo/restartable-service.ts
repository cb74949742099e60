import type { ServerProcess } from '../dependencies/server-process.ts';
import { type ServiceSpec, startService } from '../stack/service-process.ts';

/** One process of a service, which is restarted with the same settings and ports. */
export class RestartableService {
  readonly #spec: ServiceSpec;
  readonly #isReady: () => Promise<boolean>;
  #process: ServerProcess | undefined;

  /** `isReady`: whether it reports that it serves. */
  constructor(spec: ServiceSpec, isReady: () => Promise<boolean>) {
    this.#spec = spec;
    this.#isReady = isReady;
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Resolves when it is ready. */
  async start(interrupted?: AbortSignal): Promise<void> {
    this.#process = startService(this.#spec);
    await this.#process.waitUntil(this.#isReady, interrupted);
  }

  /** SIGTERM: it drains and ends; then a new process. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}
