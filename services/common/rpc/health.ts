import { setTimeout } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import {
  type Health,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  type HealthListResponse,
  HealthListResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '#gen/health/v1/health_pb.ts';
import { notFound } from '../errors/app-error.ts';
import type { UnaryHandlers } from './unary-handlers.ts';

/** The interval of the checks for Watch, and about the longest time until it reports a change. */
const WATCH_INTERVAL_MS = 250;

/**
 * `grpc.health.v1.Health` with one status for the server (the empty service name) and all its services. Every call checks it
 * again.
 */
export class HealthHandlers {
  readonly #services: ReadonlySet<string>;
  readonly #isServing: () => Promise<boolean>;
  /** The next check, shared by all watchers. */
  #nextCheck: Promise<boolean> | undefined;

  constructor(services: Iterable<string>, isServing: () => Promise<boolean>) {
    this.#services = new Set(['', ...services]);
    this.#isServing = isServing;
  }

  /** The status; undefined for an unknown service (Check: NOT_FOUND, Watch: SERVICE_UNKNOWN). */
  async status(service: string): Promise<HealthCheckResponse | undefined> {
    return this.#services.has(service) ? statusOf(await this.#check()) : undefined;
  }

  /** The status of every service. */
  async list(): Promise<HealthListResponse> {
    const response = create(HealthListResponseSchema);
    const status = statusOf(await this.#check());
    for (const service of this.#services) response.statuses[service] = status;
    return response;
  }

  /** Check and List; Watch is a stream. */
  get unaryHandlers(): UnaryHandlers<typeof Health> {
    return {
      check: async ({ service }) => {
        const response = await this.status(service);
        if (response === undefined) throw notFound(`unknown service: ${service}`);
        return response;
      },
      list: () => this.list(),
    };
  }

  /** The status now and at each change, until `signal` aborts. */
  async *watch(service: string, signal: AbortSignal): AsyncGenerator<HealthCheckResponse> {
    if (!this.#services.has(service)) {
      yield create(HealthCheckResponseSchema, { status: ServingStatus.SERVICE_UNKNOWN });
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return;
    }
    let isServing = await this.#check();
    while (!signal.aborted) {
      yield statusOf(isServing);
      const last = isServing;
      while (isServing === last && !signal.aborted) isServing = await this.#checkLater();
    }
  }

  #check(): Promise<boolean> {
    return this.#isServing().catch(() => false);
  }

  #checkLater(): Promise<boolean> {
    this.#nextCheck ??= setTimeout(WATCH_INTERVAL_MS).then(() => {
      this.#nextCheck = undefined;
      return this.#check();
    });
    return this.#nextCheck;
  }
}

const statusOf = (isServing: boolean): HealthCheckResponse =>
  create(HealthCheckResponseSchema, { status: isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING });
