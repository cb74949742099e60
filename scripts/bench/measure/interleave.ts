import type { Bench } from '../bench.ts';

/** Numbers of one run, by name. */
export type Sample = Readonly<Record<string, number>>;

/**
 * Runs all contenders once in each round, so that other load on the machine affects all of them, and returns the medians.
 */
export async function interleave<Name extends string, S extends Sample>(
  { settings: { rounds }, progress, interrupted }: Bench,
  contenders: Readonly<Record<Name, () => Promise<S>>>,
): Promise<Readonly<Record<Name, S>>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as S[]])) as Record<Name, S[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      interrupted.throwIfAborted();
      const sample = await contenders[name]();
      samples[name].push(sample);
      progress(`  ${round}/${rounds}  ${name}  ${describe(sample)}`);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medians(samples[name])])) as Record<Name, S>;
}

function medians<S extends Sample>(samples: readonly S[]): S {
  const [first] = samples;
  if (first === undefined) throw new Error('there are no samples');
  const entries = Object.keys(first).map((key) => [key, median(samples.map((sample) => sample[key] as number))]);
  return Object.fromEntries(entries) as S;
}

/** The middle value; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

const describe = (sample: Sample): string =>
  Object.entries(sample)
    .map(([name, value]) => `${name} ${value >= 100 ? Math.round(value) : value.toFixed(2)}`)
    .join('  ');
