import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, TSC } from '../check/tool.ts';

/** The entry points in the manifest of each package; `path` is the folder of its compiled code. */
const ENTRIES = {
  'introspection-client': (path: string) => ({
    exports: { '.': { types: `${path}/index.d.ts`, default: `${path}/index.js` } },
  }),
  'oauth-apps-cli': (path: string) => ({ bin: { 'oauth-apps': `${path}/main.js` } }),
};

/** Files besides the code. */
const FILES = {
  'introspection-client': ['README.md'],
  'oauth-apps-cli': ['README.md', 'manifest.schema.json'],
};

export type PackageName = keyof typeof ENTRIES;

export const PACKAGE_NAMES = Object.keys(ENTRIES) as PackageName[];

/** Writes a package to the folder (default: its `dist`) as others install it: JavaScript, including what it uses of gen/. */
export async function buildPackage(name: PackageName, folder?: string): Promise<void> {
  const source = join(import.meta.dirname, '../../packages', name);
  const built = folder ?? join(source, 'dist');
  await rm(built, { recursive: true, force: true });
  const { ok, output } = await runTool(TSC, '--project', join(source, 'tsconfig.build.json'), '--outDir', built);
  if (!ok) throw new Error(output);
  const { private: _, ...manifest } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  // Compiled files keep their paths below the root of the repository, because the package imports code from gen/.
  const published = { ...manifest, ...ENTRIES[name](`./packages/${name}`) };
  await writeFile(join(built, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  for (const file of FILES[name]) await copyFile(join(source, file), join(built, file));
}
