import type { Bench } from '../bench.ts';

/** Something that can be measured by its name: `npm run bench -- <name>`. */
export interface Row {
  readonly name: string;
  /** What it measures, in one line of help. */
  readonly about: string;
  /** Reports each figure as soon as it is measured; rejects if it cannot be measured. */
  readonly run: (bench: Bench) => Promise<void>;
}
