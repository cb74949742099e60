import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** A file of JSON lines that an export continues. */
export class EventFile {
  readonly #file: FileHandle;
  /** Id of the last complete event; 0 if there is none. */
  readonly lastId: bigint;

  private constructor(file: FileHandle, lastId: bigint) {
    this.#file = file;
    this.lastId = lastId;
  }

  /**
   * Creates the file if it is missing. Removes an incomplete last line, which an interrupted export has left. Throws, and changes
   * nothing, if a file that is not empty has no complete line, or its last complete line is not an audit event.
   */
  static async open(path: string): Promise<EventFile> {
    const file = await open(path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const end = (await lastNewlineBefore(file, size)) + 1;
      const lastId = size === 0 ? 0n : await idInLine(file, end);
      if (end < size) await file.truncate(end);
      return new EventFile(file, lastId);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Returns once the lines are on disk. */
  async append(lines: string): Promise<void> {
    await this.#file.appendFile(lines);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The id of the event in the line that ends at `end`, the position after a newline or 0. */
async function idInLine(file: FileHandle, end: number): Promise<bigint> {
  const start = (await lastNewlineBefore(file, end - 1)) + 1;
  const line = Buffer.alloc(end - start);
  await file.read(line, 0, line.length, start);
  const id = idOf(line.toString());
  if (typeof id !== 'string' || !/^\d+$/.test(id))
    throw new Error('the last complete line of the file is not an audit event; name another file');
  return BigInt(id);
}

/** The member `id` of a JSON object; undefined if the line is something else. */
function idOf(line: string): unknown {
  try {
    return JSON.parse(line)?.id;
  } catch {
    return undefined;
  }
}

/** Position of the last newline in `[0, end)`; -1 if there is none. */
async function lastNewlineBefore(file: FileHandle, end: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - CHUNK_BYTES);
    await file.read(chunk, 0, to - from, from);
    const found = chunk.subarray(0, to - from).lastIndexOf(NEWLINE);
    if (found >= 0) return from + found;
    to = from;
  }
  return -1;
}
