/** One measured number. `baseline` is what it is compared with, measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: { readonly name: string; readonly value: number };
}

/** The value at that share of the sorted samples (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A table for people, then one JSON line for each figure. */
export function printFigures(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const figure of figures) {
    const ratio = ratioOf(figure);
    const compared = ratio === null ? '' : `   ${ratio.toFixed(2)} × ${figure.baseline?.name}`;
    process.stdout.write(
      `${figure.name.padEnd(width)}  ${format(figure.value).padStart(10)} ${figure.unit}${compared}\n`,
    );
  }
  for (const figure of figures) {
    const { name, value, unit, baseline } = figure;
    process.stdout.write(
      `${JSON.stringify({ name, value, unit, baseline: baseline?.value ?? null, ratio: ratioOf(figure) })}\n`,
    );
  }
}

const ratioOf = ({ value, baseline }: Figure): number | null =>
  baseline === undefined ? null : value / baseline.value;

const format = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));
