/** Checks of proto/ that need more than one command. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool, type ToolResult } from './tool.ts';

/** Bounds the time of the check. More versions than a branch usually adds. */
const VERSIONS_COMPARED = 5;
const DECLARED_BREAK = 'Breaking-Contracts';

/**
 * Checks that callers of recent versions can still call this one.
 *
 * Compares with each of the newest committed versions of proto/, not with a branch or a tag. The result is the same in a
 * work tree, on a branch and in a full clone, and the next harmless commit does not hide a break.
 *
 * A deliberate break is declared by a trailer in the commit's message:
 *
 *     Breaking-Contracts: AppService.Find is replaced by List; nothing calls it yet
 *
 * The comparison goes no further back than the newest such commit, whose version it includes.
 */
export async function findBreakingChanges(): Promise<ToolResult> {
  const versions = await recentVersions();
  if (versions.length === 0) return { ok: true, output: '', note: 'no committed version of proto/ to compare with' };
  return await inTemporaryFolder(async (folder) => {
    const broken: string[] = [];
    for (const version of versions) {
      const { ok, output } = await compareWith(version, folder);
      if (!ok) broken.push(`Against ${version}:\n${output}`);
    }
    if (broken.length === 0) return { ok: true, output: '', note: `against ${versions.join(', ')}` };
    broken.push(
      `If this is deliberate, add a trailer "${DECLARED_BREAK}: <why>" to the message of the commit that does it.`,
    );
    return { ok: false, output: broken.join('\n') };
  });
}

/** Commits that changed proto/, the newest first, down to a declared break. None outside of a git checkout. */
async function recentVersions(): Promise<readonly string[]> {
  const format = `--format=%h %(trailers:key=${DECLARED_BREAK},valueonly,separator=%x20)`;
  const log = await runTool('git', 'log', `--max-count=${VERSIONS_COMPARED}`, format, '--', 'proto');
  if (!log.ok || log.output === '') return [];
  const commits = log.output.split('\n').map((line) => line.trim());
  const newestBreak = commits.findIndex((commit) => commit.includes(' '));
  const kept = newestBreak === -1 ? commits : commits.slice(0, newestBreak + 1);
  return kept.map((commit) => commit.replace(/ .*/, ''));
}

/** An archive needs neither a checkout nor the clone that buf would make of a git input. */
async function compareWith(version: string, folder: string): Promise<ToolResult> {
  const archive = join(folder, `${version}.tar`);
  const archived = await runTool('git', 'archive', '--format=tar', `--output=${archive}`, version, 'proto');
  if (!archived.ok) return archived;
  return await runTool('buf', 'breaking', '--against', archive, '--against-config', 'buf.yaml');
}

/** Checks that gen/ is the output of `npm run generate`. */
export async function findStaleGeneratedCode(): Promise<ToolResult> {
  return await inTemporaryFolder(async (folder) => {
    const generated = await runTool('buf', 'generate', '--output', folder);
    if (!generated.ok) return generated;
    const fresh = join(folder, 'gen');
    const { ok, output } = await runTool('git', 'diff', '--no-index', '--stat', '--exit-code', 'gen', fresh);
    return ok ? generated : { ok, output: `${output}\ngen/ is out of date: run "npm run generate".` };
  });
}

async function inTemporaryFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'featureos-check-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
