import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './checkout.ts';

const MIGRATIONS = 'services/auth-server/store/migrations';

/** The migration files of the working tree, in order. */
export async function migrationFiles(): Promise<string[]> {
  const files = await readdir(join(ROOT, MIGRATIONS));
  return files.filter((file) => /^[0-9].*\.ts$/.test(file)).sort();
}

/**
 * The commit that the working tree must be compatible with: the last tag that begins with `v`, else the commit before the one
 * that added the newest migration (HEAD if that is not committed). Undefined while there is only one migration and no release.
 */
export async function earlierRelease(): Promise<string | undefined> {
  const tag = await git('describe', '--tags', '--abbrev=0', '--match', 'v*').catch(() => undefined);
  if (tag !== undefined) return commitOf(tag);
  const files = await migrationFiles();
  if (files.length < 2) return undefined;
  const added = await git('log', '-1', '--diff-filter=A', '--format=%H', '--', `${MIGRATIONS}/${files.at(-1)}`);
  return commitOf(added === '' ? 'HEAD' : `${added}^`);
}

/** The full id of a commit. Throws if there is none. */
export const commitOf = (ref: string): Promise<string> => git('rev-parse', '--verify', `${ref}^{commit}`);

async function git(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: ROOT });
  return stdout.trim();
}
