/** Upper bounds of the buckets, in ms: from a cache hit to the default timeout of a Postgres statement. */
export const BUCKETS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;
const BOUNDS = Float64Array.from(BUCKETS_MS);
const SUM = BOUNDS.length + 1;

/** Durations in fixed buckets. An observation allocates nothing: it compares bounds and changes two numbers. */
export class Histogram {
  /** The count of each bucket (not cumulative), the count above all bounds, and the sum in ms. */
  readonly cells = new Float64Array(SUM + 1);

  observe(durationMs: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && durationMs > (BOUNDS[bucket] as number)) bucket++;
    this.cells[bucket] = (this.cells[bucket] as number) + 1;
    this.cells[SUM] = (this.cells[SUM] as number) + durationMs;
  }
}

/** A histogram with the values of its labels, as plain data that can be sent to another process. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly cells: readonly number[];
}

/** The histograms of one metric. Call `of` once and store the result where observations are frequent. */
export class Histograms<Label extends string> {
  readonly #series = new Map<string, { labels: Readonly<Record<Label, string>>; histogram: Histogram }>();

  /** The histogram with these labels. Always pass them in the same order, and with few distinct values. */
  of(labels: Readonly<Record<Label, string>>): Histogram {
    const key = JSON.stringify(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known.histogram;
    const histogram = new Histogram();
    this.#series.set(key, { labels, histogram });
    return histogram;
  }

  get series(): Series[] {
    return Array.from(this.#series.values(), ({ labels, histogram }) => ({ labels, cells: [...histogram.cells] }));
  }
}

/** The series of several processes: those with the same labels are added up. */
export function sumOfSeries(all: readonly (readonly Series[])[]): Series[] {
  const byLabels = Map.groupBy(all.flat(), ({ labels }) => JSON.stringify(labels)).values();
  return Array.from(byLabels, (group) => {
    const [first] = group as [Series, ...Series[]];
    const cells = first.cells.map((_cell, index) => group.reduce((sum, each) => sum + (each.cells[index] ?? 0), 0));
    return { labels: first.labels, cells };
  });
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** The samples of a Prometheus histogram: cumulative buckets in seconds, sum and count. */
export function samplesOf(name: string, { labels, cells }: Series): Sample[] {
  let count = 0;
  const buckets = [...BUCKETS_MS.map((bound) => bound / 1_000), '+Inf'].map((le, index) => {
    count += cells[index] as number;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: (cells[SUM] as number) / 1_000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
