import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the front end, plain and compressed. */
export interface WebFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

/** The file types of the build. Other files in its folder are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** The built front end, read into memory at startup. Requests are looked up in this map and never reach the file system. */
export class WebFiles {
  readonly #files = new Map<string, WebFile>();

  /** A missing folder is not an error: the service also works without its pages. `edit` changes what is served. */
  constructor(folder: string, edit: (path: string, content: Buffer) => Buffer = (_path, content) => content) {
    for (const path of listFiles(folder)) {
      const type = TYPES[extname(path)];
      if (type === undefined) continue;
      const name = `/${path.split(sep).join('/')}`;
      const plain = edit(name, readFileSync(join(folder, path)));
      this.#files.set(name, { type, plain, gzip: gzipSync(plain, { level: 9 }) });
    }
  }

  get isBuilt(): boolean {
    return this.#files.size > 0;
  }

  /** `path` is relative to the build folder, such as `/assets/consent-Cq3x.js`. */
  find(path: string): WebFile | undefined {
    return this.#files.get(path);
  }
}

function listFiles(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
