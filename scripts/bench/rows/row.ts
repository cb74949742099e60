import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';

/** Something that can be measured by its name: `npm run bench -- <name>`. */
export interface Row {
  readonly name: string;
  /** What it measures, in one line of help. */
  readonly about: string;
  /** Too long for every run: measured only when it is named. */
  readonly isOnDemand?: boolean;
  readonly run: (bench: Bench) => Promise<Figure[]>;
}
