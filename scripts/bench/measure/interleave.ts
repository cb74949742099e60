import type { Bench } from '../bench.ts';

/** Numbers of one run, by name. */
export type Sample = Readonly<Record<string, number>>;

/** One of the compared measurements. */
export interface Contender<S extends Sample> {
  readonly name: string;
  readonly run: () => Promise<S>;
}

/**
 * Runs all contenders once in each round, so that other load on the machine affects all of them, and returns the medians.
 */
export async function interleave<S extends Sample>(
  { settings: { rounds }, progress, interrupted }: Bench,
  contenders: readonly Contender<S>[],
): Promise<ReadonlyMap<string, S>> {
  const samples = new Map<string, S[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      interrupted.throwIfAborted();
      const sample = await run();
      samples.get(name)?.push(sample);
      progress(`  ${round}/${rounds}  ${name}  ${describe(sample)}`);
    }
  }
  return new Map([...samples].map(([name, of]) => [name, medians(of)]));
}

function medians<S extends Sample>(samples: readonly S[]): S {
  const [first] = samples;
  if (first === undefined) throw new Error('there are no samples');
  const entries = Object.keys(first).map((key) => [key, median(samples.map((sample) => sample[key] as number))]);
  return Object.fromEntries(entries) as S;
}

/** The middle one; of an even number, the mean of the middle two. */
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
