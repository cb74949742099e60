/** A metric of a scrape: its type, and its samples. */
interface ScrapedMetric {
  readonly type: string;
  readonly samples: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const SAMPLE = /^([\w:]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The metrics of a service, by name. */
export async function scrape(address: string): Promise<ReadonlyMap<string, ScrapedMetric>> {
  const response = await fetch(`http://${address}/metrics`);
  if (!response.ok) throw new Error(`GET ${response.url} returned ${response.status}`);
  const metrics = new Map<string, ScrapedMetric>();
  let last: ScrapedMetric | undefined;
  for (const line of (await response.text()).split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      last = { type, samples: [] };
      metrics.set(name, last);
    }
    const [, sample, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (sample === undefined || value === undefined) continue;
    const pairs = [...labels.matchAll(LABEL)].map(([, label, text]) => [label as string, text as string] as const);
    last?.samples.push({ name: sample, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return metrics;
}

/** The sum of the samples that have this name and these labels; 0 if there are none. */
export async function sumOf(address: string, name: string, labels: Readonly<Record<string, string>> = {}) {
  const samples = [...(await scrape(address)).values()].flatMap((metric) => metric.samples);
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
    .reduce((sum, { value }) => sum + value, 0);
}
