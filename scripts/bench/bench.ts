import type { LoadProcess } from './load/load-process.ts';
import type { Cores } from './measure/cores.ts';
import type { Settings } from './options.ts';
import type { BenchSystem } from './system/bench-system.ts';

/** What a row measures with. */
export interface Bench {
  readonly settings: Settings;
  readonly system: BenchSystem;
  readonly load: LoadProcess;
  readonly cores: Cores;
  /** For files; goes when the bench ends. */
  readonly folder: string;
  readonly progress: (line: string) => void;
  /** Aborts when the bench is to end; looked at between runs. */
  readonly interrupted: AbortSignal;
}
