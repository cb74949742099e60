import type { Command } from 'commander';
import { CliError, ExitCode, exitCodeOfStatus } from '../exit-codes.ts';
import { outputOf } from '../output.ts';
import { readSecret } from '../secret-input.ts';
import { currentServer } from '../session.ts';
import { describeToken, type TokenInfo } from '../token-words.ts';
import { APP_OPTION, appOf, globalOptionsOf } from './options.ts';

const TIMEOUT_MS = 30_000;

interface ExplainOptions {
  readonly app?: string;
  readonly clientSecretFile?: string;
  readonly tokenFile?: string;
}

/** `token explain`: RFC 7662 with the credentials of the app. */
export function addToken(program: Command): void {
  program
    .command('token')
    .description('explain a token of your app')
    .command('explain')
    .description(
      'say whose token it is and what it allows now; reads it from a prompt, stdin, a file or OAUTH_APPS_ACCESS_TOKEN',
    )
    .option(...APP_OPTION)
    .option('--client-secret-file <path>', 'default: OAUTH_APPS_CLIENT_SECRET, or a prompt')
    .option('--token-file <path>', 'default: OAUTH_APPS_ACCESS_TOKEN, stdin, or a prompt')
    .action(async (flags: ExplainOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const clientId = appOf(flags);
      const server = await currentServer(options);
      const clientSecret = await readSecret({
        what: 'client secret',
        variable: 'OAUTH_APPS_CLIENT_SECRET',
        file: flags.clientSecretFile,
        stdin: false,
      });
      const token = await readSecret({
        what: 'access token',
        variable: 'OAUTH_APPS_ACCESS_TOKEN',
        file: flags.tokenFile,
        stdin: true,
      });
      const info = await introspect(server, { clientId, clientSecret }, token);
      outputOf(options).show(info, describeToken(info, Date.now()));
    });
}

async function introspect(
  server: string,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  token: string,
): Promise<TokenInfo> {
  // RFC 6749 section 2.3.1: both parts are form-encoded.
  const parts = [clientId, clientSecret].map((part) => new URLSearchParams({ part }).toString().slice('part='.length));
  const response = await fetch(`${server}/oauth/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(parts.join(':')).toString('base64')}` },
    body: new URLSearchParams({ token }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new CliError(
      `${server} cannot be reached (${error.message}). Check --server and try again.`,
      ExitCode.Unavailable,
    );
  });
  if (response.ok) return (await response.json()) as TokenInfo;
  if (response.status === 401) {
    throw new CliError(
      'The server refused the client id or secret. Check --app and the client secret.',
      ExitCode.NotAllowed,
    );
  }
  const exitCode = exitCodeOfStatus(response.status);
  const advice = exitCode === ExitCode.Unavailable ? ' Try again later.' : '';
  throw new CliError(`The server responded with ${response.status}.${advice}`, exitCode);
}
