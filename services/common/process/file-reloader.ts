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
  /** What was read last, whether or not it could be applied. */
  contents: readonly Buffer[];
  /** Why they could not be read last time. */
  problem?: string | undefined;
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
  #failures = 0;

  /** `intervalMs`: between two looks at the files. */
  constructor(log: Log, intervalMs: number) {
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  /** How often changed files could not be read or applied, so that what they held before is still in use. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Applies the files now, and throws what fails, with the name of the setting. Applies them again, all together, after any of them has changed; what fails
   * then is logged and counted. `apply` must leave everything as it was when it throws.
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
    await Promise.all(this.#sources.map((source) => this.#check(source)));
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
      source.problem = undefined;
      if (contents.every((content, index) => content.equals(source.contents[index] as Buffer))) return;
      // Before it is applied: contents that cannot be used are reported once, not at each look.
      source.contents = contents;
      apply(contents);
      this.#log.info({ files }, 'changed files are in use');
    } catch (error) {
      const { message } = error as Error;
      if (source.problem === message) return;
      source.problem = message;
      this.#failures++;
      this.#log.error({ files, reason: message }, 'changed files cannot be used; what they held before stays in use');
    }
  }
}

const unreadable = ({ setting }: NamedFile, error: unknown): Error =>
  new Error(`${setting} cannot be read: ${(error as Error).message}`);
