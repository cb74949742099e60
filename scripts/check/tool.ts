/** Runs command line tools in the repository: git, and those that npm has installed for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED_TOOLS = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/** Called by its path, because `tsc` on the PATH may be TypeScript 6, which dependency-cruiser needs. */
export const TSC = 'node_modules/@typescript/native/bin/tsc';

export interface ToolResult {
  readonly ok: boolean;
  /** Standard output and standard error, interleaved. */
  readonly output: string;
  /** Shown even on success. */
  readonly note?: string;
}

/** Runs a tool in the repository. Its PATH begins with the folder of the installed tools, which include Node. */
export async function runTool(command: string, ...args: readonly string[]): Promise<ToolResult> {
  const child = spawn(command, args, {
    cwd: REPOSITORY,
    env: { ...process.env, PATH: `${INSTALLED_TOOLS}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { ok: code === 0, output: Buffer.concat(chunks).toString().trim() };
}
