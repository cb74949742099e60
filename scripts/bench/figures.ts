import { type Goal, type GoalSubject, goalText, isMet } from './goals.ts';

/** One measured number. `baseline` is measured in the same run. */
export interface Figure {
  readonly name: string;
  /** Infinity if what was waited for, such as a hit rate, was not reached in time. */
  readonly value: number;
  readonly unit: string;
  /** CPU time of the measured process per operation, µs. In JSON it is a separate figure. */
  readonly cpuMicros?: number;
  readonly baseline?: Baseline;
  readonly goals?: readonly Goal[];
}

interface Baseline {
  readonly name: string;
  readonly value: number;
  readonly cpuMicros?: number;
}

const NAME_WIDTH = 64;
const VALUE_WIDTH = 24;

/** The value at that share of the samples (nearest rank); NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A line for people, then a JSON line, or two if the figure has a CPU time. */
export function figureText(figure: Figure): string {
  const lines = withCpu(figure).map((each) => JSON.stringify(jsonOf(each)));
  return `${[humanLine(figure), ...lines].join('\n')}\n`;
}

function humanLine(figure: Figure): string {
  const { name, unit, value } = figure;
  const valueText = value === Number.POSITIVE_INFINITY ? 'not reached' : `${format(value)} ${unit}`;
  const parts = [name.padEnd(NAME_WIDTH), valueText.padStart(VALUE_WIDTH), ...details(figure)];
  return parts.join('  ').trimEnd();
}

function details(figure: Figure): string[] {
  const { cpuMicros, baseline, unit, goals = [] } = figure;
  const cpu = cpuMicros === undefined ? [] : [`${format(cpuMicros)} µs CPU`];
  const goalTexts = goals.map((each) => {
    const result = isMet(each, measured(figure, each.of)) ? 'met' : 'NOT MET';
    return `[${goalText(each, unit)}: ${result}]`;
  });
  return [...cpu, ...(baseline === undefined ? [] : [comparison(figure, baseline)]), ...goalTexts];
}

function comparison(figure: Figure, baseline: Baseline): string {
  const ratio = `${measured(figure, 'ratio').toFixed(2)} × ${baseline.name} (${format(baseline.value)})`;
  if (figure.cpuMicros === undefined || baseline.cpuMicros === undefined) return ratio;
  return `${ratio}, CPU ${(figure.cpuMicros / baseline.cpuMicros).toFixed(2)} ×`;
}

function measured({ value, cpuMicros, baseline }: Figure, of: GoalSubject): number {
  if (of === 'value') return value;
  if (of === 'CPU') return cpuMicros ?? Number.NaN;
  return baseline === undefined ? Number.NaN : value / baseline.value;
}

/** The figure and, if it has a CPU time, a second figure for that with its goals. */
function withCpu(figure: Figure): Figure[] {
  const { name, cpuMicros, baseline, goals = [] } = figure;
  const rest = goals.filter(({ of }) => of !== 'CPU');
  const plain = { ...figure, goals: rest };
  if (cpuMicros === undefined) return [plain];
  const cpu: Figure = {
    name: `${name}, CPU`,
    value: cpuMicros,
    unit: 'µs',
    goals: goals.filter(({ of }) => of === 'CPU').map((goal) => ({ ...goal, of: 'value' })),
    ...(baseline?.cpuMicros !== undefined && { baseline: { name: baseline.name, value: baseline.cpuMicros } }),
  };
  return [plain, cpu];
}

/** In JSON, numbers that are not finite become null. */
function jsonOf(figure: Figure): object {
  const { name, value, unit, baseline, goals = [] } = figure;
  const met = goals.map((goal) => isMet(goal, measured(figure, goal.of)));
  return {
    name,
    value,
    unit,
    baseline: baseline?.value ?? null,
    ratio: baseline === undefined ? null : measured(figure, 'ratio'),
    ...(goals.length > 0 && {
      goal: goals.map((goal) => goalText(goal, unit)).join(', '),
      met: met.every(Boolean),
    }),
  };
}

const format = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(2);
