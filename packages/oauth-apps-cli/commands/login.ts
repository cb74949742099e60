import type { Command } from 'commander';
import { Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import type { Session as ServerSession } from '../../../gen/featureos/oauth/v1/session_pb.ts';
import { sessionClient } from '../clients.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { outputOf } from '../output.ts';
import { readSecret } from '../secret-input.ts';
import { currentServer, removeSession, storeSession } from '../session.ts';
import { globalOptionsOf } from './options.ts';

/** `login` and `logout`. The token is the platform's session JWT (docs/adr/0018). */
export function addLogin(program: Command): void {
  program
    .command('login')
    .description('store a session token of the platform, read from a prompt, stdin or OAUTH_APPS_TOKEN')
    .action(async (_options, command: Command) => {
      const options = globalOptionsOf(command);
      const server = await currentServer(options);
      const token = await readSecret({ what: 'session token', variable: 'OAUTH_APPS_TOKEN', stdin: true });
      const { session } = await sessionClient({ server, token }).getSession({});
      const organization = chooseOrganization(session, options.organization);
      await storeSession({ server, token, ...(organization !== undefined && { organization }) });
      const name = session?.user?.name || 'you';
      const where =
        organization === undefined ? 'name an organization with --organization' : `organization ${organization}`;
      outputOf(options).show(
        { server, organization: organization ?? null },
        `Signed in at ${server} as ${name}; ${where}.`,
      );
    });
  program
    .command('logout')
    .description('remove the stored session token')
    .action(async (_options, command: Command) => {
      await removeSession();
      outputOf(globalOptionsOf(command)).show({ signed_in: false }, 'Signed out.');
    });
}

/**
 * The organization of `--organization`; throws unless the user is an admin there. Without the option, the only one in which the
 * user is an admin; undefined if there are none or several.
 */
function chooseOrganization(session: ServerSession | undefined, requested: string | undefined): string | undefined {
  const administered = (session?.organizations ?? [])
    .filter(({ role }) => role === Role.ADMIN)
    .flatMap(({ organization }) => organization?.subdomain ?? []);
  if (requested === undefined) return administered.length === 1 ? administered[0] : undefined;
  if (administered.includes(requested)) return requested;
  const choice =
    administered.length > 0 ? `You are an admin of: ${administered.join(', ')}.` : 'Ask an admin to make you one.';
  throw new CliError(`You are not an admin of ${requested}. ${choice}`, ExitCode.NotAllowed);
}
