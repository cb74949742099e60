import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const ROOT = join(import.meta.dirname, '../..');
/** Below the root, so that the code of a checkout finds packages in the root's node_modules. */
const CHECKOUTS = join(ROOT, '.stack/compatibility');
const LOCK_FILE = 'package-lock.json';

/** The files of a commit, in a temporary folder. */
export interface Checkout {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Checks out a commit of this repository. Installs its dependencies if its lock file differs from that of the working tree. */
export async function checkOut(commit: string): Promise<Checkout> {
  await mkdir(CHECKOUTS, { recursive: true });
  const folder = await mkdtemp(join(CHECKOUTS, `${commit.slice(0, 12)}-`));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await extract(commit, folder);
    const [here, there] = await Promise.all([ROOT, folder].map((each) => readFile(join(each, LOCK_FILE), 'utf8')));
    if (here === there) await linkWorkspaces(folder);
    else await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function extract(commit: string, folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', folder]);
  await rm(archive);
}

/** Links the commit's own packages. Node finds all others in the node_modules of the working tree. */
async function linkWorkspaces(folder: string): Promise<void> {
  for (const name of await readdir(join(folder, 'packages'))) {
    const path = join(folder, 'packages', name);
    const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as { name: string };
    const link = join(folder, 'node_modules', manifest.name);
    await mkdir(join(link, '..'), { recursive: true });
    await symlink(path, link);
  }
}
