import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the front end, ready to be sent. */
export interface WebFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

/** What the build makes; anything else in its folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The built front end, read once at the start. A request only ever looks up a name in this map: no path of a request
 * reaches the file system.
 */
export class WebFiles {
  readonly #files = new Map<string, WebFile>();

  /** Without the folder there are no files: the service does its other work nevertheless. */
  constructor(folder: string) {
    for (const path of listFiles(folder)) {
      const type = TYPES[extname(path)];
      if (type === undefined) continue;
      const plain = readFileSync(join(folder, path));
      this.#files.set(`/${path.split(sep).join('/')}`, { type, plain, gzip: gzipSync(plain, { level: 9 }) });
    }
  }

  get isBuilt(): boolean {
    return this.#files.size > 0;
  }

  /** By its path from the root of the build, `/assets/consent-Cq3x.js`. */
  find(path: string): WebFile | undefined {
    return this.#files.get(path);
  }
}

function listFiles(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
