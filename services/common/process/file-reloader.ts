import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Log } from './log.ts';

/** A file, and the setting that names it, for messages. */
export interface NamedFile {
  readonly setting: string;
  readonly path: string;
}

type Apply = (contents: readonly Buffer[]) => void;

interface Source {
  readonly files: readonly NamedFile[];
  readonly apply: Apply;
  /** The contents that were applied last. */
  contents: readonly Buffer[];
  /** Why the last check failed. */
  problem?: string | undefined;
  isReported?: boolean;
}

/**
 * Files whose changes take effect without a restart. They are polled rather than watched: Kubernetes replaces the directory of
 * a mounted secret, which a watch on the file does not see.
 */
export class FileReloader {
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #sources: Source[] = [];
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<unknown> | undefined;
  #failures = 0;

  /** `intervalMs`: between two checks of the files. */
  constructor(log: Log, intervalMs: number) {
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  /** How often changed files could not be used, so that their previous contents remained in use. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Applies the files now; throws what `apply` throws, or an error with the name of the setting if a file cannot be read.
   * Applies all of them again when one has changed; a failure at two consecutive checks for the same reason is logged and
   * counted. When `apply` throws, it must have changed nothing.
   */
  load(files: readonly NamedFile[], apply: Apply): void {
    const contents = files.map((file) => {
      try {
        return readFileSync(file.path);
      } catch (error) {
        throw unreadable(file, error);
      }
    });
    apply(contents);
    this.#sources.push({ files, apply, contents });
    this.#timer ??= setInterval(() => void this.check(), this.#intervalMs).unref();
  }

  /** Reads all files, and applies those of each `load` of which one has changed. */
  async check(): Promise<void> {
    this.#checking ??= Promise.all(this.#sources.map((source) => this.#check(source))).finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(source: Source): Promise<void> {
    const { files, apply } = source;
    try {
      const contents = await Promise.all(
        files.map((file) => readFile(file.path).catch((error) => Promise.reject(unreadable(file, error)))),
      );
      if (!contents.every((content, index) => content.equals(source.contents[index] as Buffer))) {
        apply(contents);
        source.contents = contents;
        this.#log.info({ files }, 'changed files are in use');
      }
      source.problem = undefined;
    } catch (error) {
      this.#onProblem(source, (error as Error).message);
    }
  }

  /** Reports a problem at the second check: a file may be half written, or a certificate replaced before its key. */
  #onProblem(source: Source, reason: string): void {
    if (source.problem !== reason) {
      source.problem = reason;
      source.isReported = false;
    } else if (!source.isReported) {
      source.isReported = true;
      this.#failures++;
      this.#log.error(
        { files: source.files, reason },
        'changed files cannot be used; their previous contents remain in use',
      );
    }
  }
}

const unreadable = ({ setting }: NamedFile, error: unknown): Error =>
  new Error(`${setting} cannot be read: ${(error as Error).message}`);
