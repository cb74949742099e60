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
  /** What is in use. */
  contents: readonly Buffer[];
  /** Why they could not be used last time. */
  problem?: string | undefined;
  isReported?: boolean;
}

/**
 * Files that take effect when they change, without a restart. They are read again from time to time rather than watched:
 * Kubernetes replaces the folder that a mounted file is in, which a watch of the file does not see.
 */
export class FileReloader {
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #sources: Source[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The look in progress. */
  #checking: Promise<unknown> | undefined;
  #failures = 0;

  /** `intervalMs`: between two looks at the files. */
  constructor(log: Log, intervalMs: number) {
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  /** How often changed files were of no use, so that what they held before still is. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Applies the files now, and throws what fails, with the name of the setting. Applies them again, all together, after any of
   * them has changed; what fails then, and again at the next look, is logged and counted. `apply` must leave everything as it
   * was when it throws.
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

  /** Reads all files and applies those that have changed. */
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

  /** Reports it the second time: a file may be seen half written, or a certificate before its key. */
  #onProblem(source: Source, reason: string): void {
    if (source.problem !== reason) {
      source.problem = reason;
      source.isReported = false;
    } else if (!source.isReported) {
      source.isReported = true;
      this.#failures++;
      this.#log.error(
        { files: source.files, reason },
        'changed files cannot be used; what they held before stays in use',
      );
    }
  }
}

const unreadable = ({ setting }: NamedFile, error: unknown): Error =>
  new Error(`${setting} cannot be read: ${(error as Error).message}`);
