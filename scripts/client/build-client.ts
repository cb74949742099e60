import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../check/tool.ts';

const PACKAGE = join(import.meta.dirname, '../../packages/introspection-client');
const TSC = 'node_modules/@typescript/native/bin/tsc';
/** Where tsc puts index.ts, next to the generated code that it imports, as in the repository. */
const ENTRY = './packages/introspection-client/index';

/** Writes the introspection client to the folder as others install it: JavaScript and types, with our generated code. */
export async function buildClient(folder = join(PACKAGE, 'dist')): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const { ok, output } = await runTool(TSC, '--project', join(PACKAGE, 'tsconfig.build.json'), '--outDir', folder);
  if (!ok) throw new Error(output);
  const { private: _, ...manifest } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  const exported = { '.': { types: `${ENTRY}.d.ts`, default: `${ENTRY}.js` } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, exports: exported }, null, 2)}\n`);
  await copyFile(join(PACKAGE, 'README.md'), join(folder, 'README.md'));
}
