import { Histograms } from '#common/observe/histogram.ts';
import type { Metric } from '#common/process/metrics-server.ts';
import type { RoundResult } from './observation.ts';

/** The metrics of the prober. No label names a replica, because addresses change with every deployment. */
export class ProbeMetrics {
  readonly #latency = new Histograms<'until'>();
  readonly #rounds = { success: 0, failure: 0 };
  #violations = 0;

  readonly metrics: readonly Metric[] = [
    {
      name: 'revocation_latency_seconds',
      help: 'Time from the start of a revocation call until the first denial (until=first_denial) or until every replica denies (until=last_denial)',
      histogram: () => this.#latency.series,
    },
    {
      name: 'revocation_violations_total',
      help: 'Active responses to requests that were sent after the revocation call had returned',
      read: () => this.#violations,
    },
    {
      name: 'revocation_probe_rounds_total',
      help: 'Rounds that measured something, and rounds that could not',
      label: 'result',
      read: () => ({ ...this.#rounds }),
    },
  ];

  get violations(): number {
    return this.#violations;
  }

  /** Rounds that measured nothing. */
  get failures(): number {
    return this.#rounds.failure;
  }

  /** If a replica still responds `active` at the end of a round, there are violations, but no latency until the last denial. */
  measured({ violations, firstDenialMs, lastDenialMs }: RoundResult): void {
    this.#rounds.success++;
    this.#violations += violations;
    if (firstDenialMs !== undefined) this.#latency.of({ until: 'first_denial' }).observe(firstDenialMs);
    if (lastDenialMs !== undefined) this.#latency.of({ until: 'last_denial' }).observe(lastDenialMs);
  }

  failed(): void {
    this.#rounds.failure++;
  }
}
