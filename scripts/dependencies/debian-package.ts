/**
 * Finds a program on the PATH, or installs the distribution's package of it.
 *
 * It installs only with apt-get (Debian, Ubuntu), as root or with passwordless sudo. Otherwise it throws an error that says what
 * to install.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Program {
  /** Names of the executable, the preferred one first. */
  readonly names: readonly string[];
  readonly debianPackage: string;
}

/** The absolute path of the program, installed first if it is missing. */
export async function ensureProgram(program: Program): Promise<string> {
  const present = await findOnPath(program.names);
  if (present) return present;

  const wanted = program.names.join(' or ');
  await installOrThrow(program.debianPackage, `${wanted} is not on the PATH`);

  const installed = await findOnPath(program.names);
  if (!installed) throw new Error(`${program.debianPackage} is installed, but ${wanted} is not on the PATH.`);
  return installed;
}

/** Installs the package unless `works` is already true. Throws if it is still false afterwards. */
export async function ensurePackage(debianPackage: string, works: () => Promise<boolean>): Promise<void> {
  if (await works()) return;
  await installOrThrow(debianPackage, `${debianPackage} is missing`);
  if (!(await works())) throw new Error(`${debianPackage} is installed, but it does not work.`);
}

async function installOrThrow(debianPackage: string, missing: string): Promise<void> {
  const asRoot = await rootCommand();
  if (!asRoot || !(await findOnPath(['apt-get']))) {
    throw new Error(`${missing}: install it (Debian, Ubuntu: apt-get install ${debianPackage}).`);
  }
  process.stderr.write(`Installing ${debianPackage} (${missing}) ...\n`);
  await install(debianPackage, asRoot);
}

/**
 * policy-rc.d prevents a package from starting a service when it is installed. A failed update is ignored, because a single
 * unavailable package source makes it fail.
 */
const INSTALL_SCRIPT = `
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$1"`;

async function install(debianPackage: string, asRoot: readonly string[]): Promise<void> {
  const [command, ...args] = [...asRoot, 'sh', '-c', INSTALL_SCRIPT, 'install', debianPackage];
  try {
    await run(command as string, args);
  } catch (error) {
    const lastLine = String((error as { stderr?: string }).stderr)
      .trim()
      .split('\n')
      .at(-1);
    throw new Error(`apt-get could not install ${debianPackage}: ${lastLine}`, { cause: error });
  }
}

/** The prefix that runs a command as root; undefined without root or passwordless sudo. */
async function rootCommand(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  try {
    await run('sudo', ['-n', 'true']);
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}

async function findOnPath(names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return path;
  }
  return undefined;
}
