import type { Command } from 'commander';
import { currentClients } from '../clients.ts';
import { outputOf } from '../output.ts';
import { globalOptionsOf } from './options.ts';

/** `sandbox`: the organization for trying out the apps. */
export function addSandbox(program: Command): void {
  program
    .command('sandbox')
    .description('show the sandbox of your organization; create it if there is none')
    .action(async (_options, command: Command) => {
      const options = globalOptionsOf(command);
      const { sandbox } = await (await currentClients(options)).apps.createSandbox({});
      const { id = 0n, subdomain = '', name = '' } = sandbox ?? {};
      outputOf(options).show({ id: Number(id), subdomain, name }, `${name}: ${subdomain}`);
    });
}
