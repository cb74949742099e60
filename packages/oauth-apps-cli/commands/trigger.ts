import type { Command } from 'commander';
import { currentClients } from '../clients.ts';
import { outputOf } from '../output.ts';
import { APP_OPTION, appOf, globalOptionsOf } from './options.ts';

/** `trigger`: a test event for the app's own hook. */
export function addTrigger(program: Command): void {
  program
    .command('trigger <event>')
    .description('send a test event, such as post_created, to the app; its data is {"test": true}')
    .option(...APP_OPTION)
    .action(async (type: string, flags: { app?: string }, command: Command) => {
      const options = globalOptionsOf(command);
      const clientId = appOf(flags);
      await (await currentClients(options)).webhooks.sendTestEvent({ clientId, type });
      outputOf(options).show(
        { client_id: clientId, event: type },
        `Sent a test ${type} to ${clientId}. See: oauth-apps logs tail --app ${clientId}`,
      );
    });
}
