import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DEMO } from './demo-world.ts';

export const STACK_DIRECTORY = join(import.meta.dirname, '../../.stack');
const STACK_FILE = join(STACK_DIRECTORY, 'stack.json');
const TIMEOUT_MS = 5_000;

/** The addresses and credentials of a running stack. */
export interface StackInfo {
  readonly auth_server: { readonly http: string; readonly grpc: string; readonly internal_grpc: string };
  /** Comma-separated if there are several replicas. */
  readonly introspection: { readonly grpc: string; readonly fast_port: string; readonly http: string };
  readonly gateway: { readonly http: string };
  readonly consent_web: { readonly http: string };
  readonly database_url: string;
  readonly redis_url: string;
  /** Append a user id. */
  readonly session_jwt_url: string;
  readonly credentials: { readonly gateway: string; readonly platform: string; readonly operator: string };
  readonly demo: typeof DEMO;
}

/** Written atomically; only its owner can read it. */
export function writeStackFile(info: StackInfo): void {
  mkdirSync(dirname(STACK_FILE), { recursive: true });
  const draft = `${STACK_FILE}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, STACK_FILE);
}

/** With `stack`, removes the file only if it still describes that stack. */
export function removeStackFile(stack?: StackInfo): void {
  if (stack && readStackFile()?.auth_server.http !== stack.auth_server.http) return;
  rmSync(STACK_FILE, { force: true });
}

/** The running stack, if there is one. Ignores the file of a stack that has crashed. */
export async function findRunningStack(): Promise<StackInfo | undefined> {
  const info = readStackFile();
  return info !== undefined && (await respondsOk(`${info.auth_server.http}/readyz`)) ? info : undefined;
}

function readStackFile(): StackInfo | undefined {
  try {
    return JSON.parse(readFileSync(STACK_FILE, 'utf8'));
  } catch {
    return undefined; // missing or not valid
  }
}

/** Whether a GET request gets a 2xx response in time. */
export async function respondsOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}
