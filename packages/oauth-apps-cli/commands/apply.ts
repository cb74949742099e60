import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { App } from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { type Clients, currentClients } from '../clients.ts';
import { CliError, ExitCode, usageError } from '../exit-codes.ts';
import { listApps } from '../list-apps.ts';
import { fieldsOf, toRegisterRequest, toUpdateRequest } from '../manifest/app-fields.ts';
import { type Manifest, parseManifest } from '../manifest/manifest.ts';
import { describePlan, type Plan, planChanges } from '../manifest/plan.ts';
import { outputOf, printable } from '../output.ts';
import { openSecretFile, SECRET_FILE_OPTION, type SecretFileOptions } from '../secret-file.ts';
import { confirm } from '../secret-input.ts';
import { globalOptionsOf } from './options.ts';

interface ApplyOptions extends SecretFileOptions {
  readonly file: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** `apps apply`: creates or changes an app as its manifest says. */
export function addApply(apps: Command): void {
  apps
    .command('apply')
    .description('create or change an app as a file describes it: print a plan, then apply it')
    .requiredOption('-f, --file <path>', 'the manifest, in YAML or JSON')
    .option('--yes', 'apply without asking')
    .option('--dry-run', 'only print the plan')
    .option(...SECRET_FILE_OPTION)
    .action(async (flags: ApplyOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const manifest = parseManifest(await readManifest(flags.file), flags.file);
      const { apps } = await currentClients(options);
      const app = await findApp(apps, manifest);
      const plan = planChanges(app && fieldsOf(app), manifest.fields);
      const words = describePlan(plan, app === undefined ? manifest.fields.name : `${app.name} (${app.clientId})`);
      if (flags.dryRun || plan.action === 'none') {
        outputOf(options).show({ ...plan, applied: false, client_id: app?.clientId ?? null }, words);
        return;
      }
      process.stderr.write(`${printable(words)}\n`);
      if (!flags.yes && !(await confirm('Apply?'))) throw new CliError('Nothing was changed.', ExitCode.Declined);
      const { json, words: done } = await apply(apps, app, plan, manifest, flags);
      outputOf(options).show({ ...plan, applied: true, ...json }, done);
    });
}

async function apply(
  apps: Clients['apps'],
  app: App | undefined,
  { changes }: Plan,
  { fields }: Manifest,
  options: SecretFileOptions,
) {
  if (app !== undefined) {
    const changed = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
    await apps.updateApp(toUpdateRequest(app.clientId, changed));
    return { json: { client_id: app.clientId }, words: `Changed ${app.clientId}.` };
  }
  const saveSecret = await openSecretFile(options);
  const { clientId, clientSecret } = await apps.registerApp(toRegisterRequest(fields));
  const { json, words } = await saveSecret(clientSecret);
  return { json: { client_id: clientId, ...json }, words: `Created ${clientId}.\n${words}` };
}

/** By client id if the manifest has one, otherwise by name, which must be unique. */
async function findApp(apps: Clients['apps'], { clientId, fields }: Manifest): Promise<App | undefined> {
  if (clientId !== undefined) return (await apps.getApp({ clientId })).app;
  const found = (await listApps(apps)).filter(({ name }) => name === fields.name.trim());
  if (found.length <= 1) return found[0];
  throw usageError(`${found.length} apps are named ${fields.name}. Set client_id in the manifest to one of:
${found.map((app) => `  ${app.clientId}`).join('\n')}`);
}

function readManifest(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => Promise.reject(usageError(`${file} cannot be read`)));
}
