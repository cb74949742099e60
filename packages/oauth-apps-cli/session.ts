import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setting } from './config.ts';
import { CliError, ExitCode, usageError } from './exit-codes.ts';

/** A session, as `login` stores it. */
export interface Session {
  readonly server: string;
  readonly token: string;
  /** The organization that commands act in by default. */
  readonly organization?: string;
}

/** The options of the command line that choose a session. */
export interface SessionOptions {
  readonly server?: string;
  readonly organization?: string;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The origin of a server's URL. Credentials are sent in plain text to this machine only. */
function serverOrigin(text: string): string {
  if (!URL.canParse(text)) throw usageError(`the server ${text} is not a URL (see --server and OAUTH_APPS_SERVER)`);
  const { origin, protocol, hostname } = new URL(text);
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK_HOSTS.has(hostname))) return origin;
  throw usageError(`the server ${text} must be https, or http on this machine`);
}

/**
 * The session: each field from the options (except the token), the environment or the stored session, in this order. The
 * stored token and organization are used only with the stored server.
 */
export async function currentSession(options: SessionOptions): Promise<Session> {
  const stored = await storedSession();
  const configured = options.server ?? setting('OAUTH_APPS_SERVER');
  const server = configured === undefined ? stored?.server : serverOrigin(configured);
  if (server === undefined) throw noServer();
  const own = stored?.server === server ? stored : undefined;
  const token = setting('OAUTH_APPS_TOKEN') || own?.token;
  if (token === undefined) throw notSignedIn(`You are not signed in at ${server}.`);
  const organization = options.organization ?? setting('OAUTH_APPS_ORGANIZATION') ?? own?.organization;
  return { server, token, ...(organization !== undefined && { organization }) };
}

/** The server from the options, the environment or the stored session, for commands that need no session. */
export async function currentServer(options: SessionOptions): Promise<string> {
  const configured = options.server ?? setting('OAUTH_APPS_SERVER') ?? (await storedSession())?.server;
  if (configured === undefined) throw noServer();
  return serverOrigin(configured);
}

/** Readable by this user only. */
export async function storeSession(session: Session): Promise<void> {
  await mkdir(dirname(sessionFile()), { recursive: true, mode: 0o700 });
  await writeFile(sessionFile(), `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600 });
  // The mode above only applies to a new file.
  await chmod(sessionFile(), 0o600);
}

export async function removeSession(): Promise<void> {
  await rm(sessionFile(), { force: true });
}

async function storedSession(): Promise<Session | undefined> {
  try {
    return JSON.parse(await readFile(sessionFile(), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`${sessionFile()} cannot be read. Remove it and run: oauth-apps login`, ExitCode.Failed);
  }
}

function sessionFile(): string {
  return join(setting('XDG_CONFIG_HOME') || join(homedir(), '.config'), 'oauth-apps', 'session.json');
}

const noServer = () =>
  usageError(
    'No server is configured. Set --server or OAUTH_APPS_SERVER, or sign in with: oauth-apps login --server https://…',
  );

const notSignedIn = (message: string) =>
  new CliError(`${message} Run: oauth-apps login --server https://…`, ExitCode.NotAllowed);
