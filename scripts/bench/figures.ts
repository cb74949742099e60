/** One measured number. `baseline` is what it is compared with, measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** CPU time of the server for each of them, µs: beside the value in the table, a line of its own in JSON. */
  readonly cpuMicros?: number;
  readonly baseline?: { readonly name: string; readonly value: number; readonly cpuMicros?: number };
  /** What to reach, in words: the ratio where there is one, else the value. */
  readonly goal?: string;
}

/** The value at that share of the sorted samples (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A table for people, then one JSON line for each figure. */
export function printFigures(figures: readonly Figure[]): void {
  const nameWidth = Math.max(...figures.map(({ name }) => name.length));
  const valueWidth = Math.max(...figures.map((figure) => valueText(figure).length));
  for (const figure of figures) {
    const columns = [
      figure.name.padEnd(nameWidth),
      valueText(figure).padStart(valueWidth),
      cpuText(figure),
      ratioText(figure),
    ];
    process.stdout.write(`${columns.join('  ').trimEnd()}\n`);
  }
  process.stdout.write('\n');
  for (const { name, value, unit, baseline } of figures.flatMap(withCpu)) {
    const ratio = baseline === undefined ? null : value / baseline.value;
    process.stdout.write(`${JSON.stringify({ name, value, unit, baseline: baseline?.value ?? null, ratio })}\n`);
  }
}

const valueText = ({ value, unit }: Figure): string => `${format(value)} ${unit}`;

const cpuText = ({ cpuMicros }: Figure): string =>
  (cpuMicros === undefined ? '' : `${format(cpuMicros)} µs CPU`).padStart('1,000 µs CPU'.length);

function ratioText({ value, cpuMicros, baseline, goal }: Figure): string {
  const toReach = goal === undefined ? '' : `to reach: ${goal}`;
  if (baseline === undefined) return toReach;
  const isCpuCompared = cpuMicros !== undefined && baseline.cpuMicros !== undefined;
  const cpu = isCpuCompared ? `, CPU ${(cpuMicros / (baseline.cpuMicros as number)).toFixed(2)} ×` : '';
  return `${(value / baseline.value).toFixed(2)} × ${baseline.name}${cpu}  ${toReach}`;
}

function withCpu(figure: Figure): Figure[] {
  const { name, cpuMicros, baseline } = figure;
  if (cpuMicros === undefined) return [figure];
  const cpu = { name: `${name}, CPU`, value: cpuMicros, unit: 'µs' };
  if (baseline?.cpuMicros === undefined) return [figure, cpu];
  return [figure, { ...cpu, baseline: { name: baseline.name, value: baseline.cpuMicros } }];
}

const format = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));
