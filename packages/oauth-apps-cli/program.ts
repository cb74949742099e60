import { Command, CommanderError } from 'commander';
import { addApps } from './commands/apps.ts';
import { addCompletion } from './commands/completion.ts';
import { addListen } from './commands/listen.ts';
import { addLogin } from './commands/login.ts';
import { addLogs } from './commands/logs.ts';
import { addSandbox } from './commands/sandbox.ts';
import { addToken } from './commands/token.ts';
import { addTrigger } from './commands/trigger.ts';
import { ExitCode } from './exit-codes.ts';
import { printable } from './output.ts';
import packageJson from './package.json' with { type: 'json' };
import { toCliError } from './rpc-errors.ts';

const HELP = `
Environment: OAUTH_APPS_SERVER, OAUTH_APPS_ORGANIZATION, OAUTH_APPS_APP, OAUTH_APPS_TOKEN (session JWT),
OAUTH_APPS_CLIENT_SECRET, OAUTH_APPS_ACCESS_TOKEN.

Exit codes: 0 success, 1 failure, 2 wrong usage, 3 not signed in or not allowed, 4 refused by the server,
5 server unavailable (try again), 6 declined at the prompt.
`;

function createProgram(): Command {
  const program = new Command('oauth-apps')
    .description('Manages OAuth apps.')
    .option('--server <url>', 'the origin of the server')
    .option('--organization <subdomain>', 'the organization that owns the apps')
    .option('--json', 'print JSON: one value, or one per line for listen and logs')
    .version(packageJson.version)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText('after', HELP);
  for (const add of [addLogin, addApps, addSandbox, addListen, addTrigger, addLogs, addToken, addCompletion])
    add(program);
  return program;
}

/** Runs a command line, without the program's name. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return ExitCode.Ok;
  } catch (error) {
    // Commander has printed its own errors, and help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    const { message, exitCode } = toCliError(error);
    process.stderr.write(`error: ${printable(message)}\n`);
    return exitCode;
  }
}
