import type { Figure } from './figures.ts';
import type { Cores } from './measure/cores.ts';
import type { Settings } from './options.ts';
import type { BenchSystem } from './system/bench-system.ts';
import type { CachedTokens } from './system/cached-tokens.ts';
import type { LoadGenerator } from './workers/workers.ts';

/** What a row measures with. */
export interface Bench {
  readonly settings: Settings;
  readonly system: BenchSystem;
  readonly cache: CachedTokens;
  readonly load: LoadGenerator;
  readonly cores: Cores;
  /** For files; removed when the bench ends. */
  readonly folder: string;
  /** Prints figures at once. */
  readonly report: (...figures: readonly Figure[]) => void;
  readonly progress: (line: string) => void;
  /** Aborts when the bench is to end; looked at between runs. */
  readonly interrupted: AbortSignal;
}
