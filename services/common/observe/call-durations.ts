import { status as Status } from '@grpc/grpc-js';
import { type Histogram, Histograms, type Series } from './histogram.ts';

/** Names of gRPC status codes by their numbers, as OpenTelemetry writes them: `OK`, `DEADLINE_EXCEEDED`. */
export const STATUS_NAMES = Array.from({ length: 17 }, (_each, status) => Status[status] as string);

/** Durations of RPCs, by method and status. */
export class CallDurations {
  readonly #histograms = new Histograms<string>();

  /** `labels`: the labels that all calls of the method have. */
  method(labels: Readonly<Record<string, string>>): MethodDurations {
    return new MethodDurations((status) =>
      this.#histograms.of({ ...labels, rpc_response_status_code: STATUS_NAMES[status] ?? 'UNKNOWN' }),
    );
  }

  get series(): Series[] {
    return this.#histograms.series;
  }
}

/** Durations of one method. The histogram of a status is created for the first call that ends with it. */
export class MethodDurations {
  readonly #byStatus: (Histogram | undefined)[] = new Array(STATUS_NAMES.length).fill(undefined);
  readonly #create: (status: number) => Histogram;

  constructor(create: (status: number) => Histogram) {
    this.#create = create;
  }

  observe(status: number, durationMs: number): void {
    let histogram = this.#byStatus[status];
    if (histogram === undefined) {
      histogram = this.#create(status);
      this.#byStatus[status] = histogram;
    }
    histogram.observe(durationMs);
  }
}
