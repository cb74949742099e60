import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildGuide } from './guide/build-guide.ts';

const run = promisify(execFile);

const REPOSITORY = join(import.meta.dirname, '../..');
const FRONT_END = join(REPOSITORY, 'services/web');
const DIST = join(FRONT_END, 'dist');
const HASH_FILE = join(DIST, '.built-from');
/** Everything that the build reads. The lock file stands for the installed packages. */
export const INPUTS = [
  'services/web/src',
  'services/web/public',
  'services/web/consent.html',
  'services/web/console.html',
  'services/web/guide.html',
  'services/web/vite.config.ts',
  'services/common/errors',
  'services/common/scopes',
  'services/auth-server/http/openapi',
  'services/auth-server/domain',
  'services/auth-server/logos/logo-bounds.ts',
  'docs/guide',
  'scripts/web',
  'gen',
  'package-lock.json',
];

/** Builds the front end unless it was built from the same sources. */
export async function ensureWebBuilt(onProgress: (line: string) => void): Promise<void> {
  const begun = performance.now();
  const sources = hashOfInputs();
  if (readBuiltHash() === sources) return;
  await build(sources);
  onProgress(`${'front end, built'.padEnd(28)} ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
}

/** Builds into a temporary folder, which then replaces the old one. */
async function build(sources: string): Promise<void> {
  const draft = join(REPOSITORY, `node_modules/.cache/web-${process.pid}`);
  const vite = join(REPOSITORY, 'node_modules/vite/bin/vite.js');
  // In its own process: in this one NODE_ENV may be "test", and React would be built for development.
  await run(process.execPath, [vite, 'build', '--config', join(FRONT_END, 'vite.config.ts'), '--outDir', draft], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  buildGuide(draft);
  writeFileSync(join(draft, '.built-from'), sources);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(draft, DIST);
}

/** A hash of the content, because a checkout changes modification times. */
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

function readBuiltHash(): string | undefined {
  try {
    return readFileSync(HASH_FILE, 'utf8');
  } catch {
    return undefined; // not built by this script
  }
}
