import type { Bench } from '../bench.ts';

/** A benchmark: `npm run bench -- <name>`. */
export interface Row {
  readonly name: string;
  /** Its line in the help. */
  readonly about: string;
  /** Reports each figure as soon as it is measured. */
  readonly run: (bench: Bench) => Promise<void>;
}
