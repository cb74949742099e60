/** The front end is built again if a file changes that its build imports. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { INPUTS } from '../../../scripts/web/build-web.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
/** The specifier of an import that is not of types only. Imports of packages have none of these prefixes. */
const IMPORT = /^(?:import|export) (?!type )(?:[^;']* from )?'((?:\.|#gen\/|#common\/)[^']*)'/gm;

function resolve(importer: string, specifier: string): string {
  if (specifier.startsWith('#gen/')) return join(REPOSITORY, 'gen', specifier.slice('#gen/'.length));
  if (specifier.startsWith('#common/')) return join(REPOSITORY, 'services/common', specifier.slice('#common/'.length));
  return join(dirname(importer), specifier);
}

/** The file and all files that it imports, directly or not. */
function importsOf(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  if (!/\.tsx?$/.test(file)) return found;
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const imported = resolve(file, specifier);
    expect(existsSync(imported), `${file} imports ${specifier}`).toBe(true);
    importsOf(imported, found);
  }
  return found;
}

test('the inputs of the build include every file that it imports', () => {
  const found = importsOf(join(REPOSITORY, 'scripts/web/build-web.ts'));
  const entries = ['services/web/vite.config.ts', 'services/web/src/**/*.{ts,tsx}'];
  for (const file of globSync(entries, { cwd: REPOSITORY })) importsOf(join(REPOSITORY, file), found);
  const isInput = (path: string) => INPUTS.some((input) => path === input || path.startsWith(`${input}/`));
  expect([...found].map((file) => relative(REPOSITORY, file)).filter((path) => !isInput(path))).toEqual([]);
});
