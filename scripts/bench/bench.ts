import type { Figure } from './figures.ts';
import type { Cores } from './measure/cores.ts';
import type { Settings } from './options.ts';
import type { BenchSystem } from './system/bench-system.ts';
import type { CachedTokens } from './system/cached-tokens.ts';
import type { LoadGenerator } from './workers/workers.ts';

/** What a row needs for its measurement. */
export interface Bench {
  readonly settings: Settings;
  readonly system: BenchSystem;
  readonly cache: CachedTokens;
  readonly load: LoadGenerator;
  readonly cores: Cores;
  /** A temporary folder for files. */
  readonly folder: string;
  /** Prints figures immediately. */
  readonly report: (...figures: readonly Figure[]) => void;
  readonly progress: (line: string) => void;
  /** Aborts when the bench must end; checked between runs. */
  readonly interrupted: AbortSignal;
}
