import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const REPOSITORY = join(import.meta.dirname, '../..');
const FRONT_END = join(REPOSITORY, 'services/consent-web');
const DIST = join(FRONT_END, 'dist');
/** Beside what is served, and of no kind that is. */
const MARK = join(DIST, '.built-from');
/** All that the front end is made of; the lock file stands for its packages. */
const INPUTS = [
  'services/consent-web/src',
  'services/consent-web/public',
  'services/consent-web/consent.html',
  'services/consent-web/console.html',
  'services/consent-web/vite.config.ts',
  'services/common/scopes',
  'gen',
  'package-lock.json',
];

/** Builds the front end unless what is there was built from these very sources. */
export async function ensureWebBuilt(onProgress: (line: string) => void): Promise<void> {
  const begun = performance.now();
  const sources = hashOfInputs();
  if (readMark() === sources) return;
  await build(sources);
  onProgress(`${'front end, built'.padEnd(28)} ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
}

/** Into a folder of its own, which takes the place of the old one when it is whole. */
async function build(sources: string): Promise<void> {
  const draft = join(REPOSITORY, `node_modules/.cache/consent-web-${process.pid}`);
  const vite = join(REPOSITORY, 'node_modules/vite/bin/vite.js');
  // A process of its own: in ours NODE_ENV may say "test", and React would be built for development.
  await run(process.execPath, [vite, 'build', '--config', join(FRONT_END, 'vite.config.ts'), '--outDir', draft], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  writeFileSync(join(draft, '.built-from'), sources);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(draft, DIST);
}

/** By content: a checkout changes times, and a switch of branches may set them back. */
function hashOfInputs(): string {
  const hash = createHash('sha256');
  for (const path of INPUTS.flatMap((input) => filesUnder(join(REPOSITORY, input)))) {
    hash.update(`${path}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

function filesUnder(path: string): string[] {
  try {
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return files.sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path];
    throw error;
  }
}

function readMark(): string | undefined {
  try {
    return readFileSync(MARK, 'utf8');
  } catch {
    return undefined; // never built, or by hand
  }
}
