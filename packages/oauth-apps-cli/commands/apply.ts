import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { type Clients, currentClients } from '../clients.ts';
import { CliError, ExitCode, usageError } from '../exit-codes.ts';
import { listApps } from '../list-apps.ts';
import { type LogoFile, readLogo } from '../logos.ts';
import { fieldsOf, toRegisterRequest, toUpdateRequest } from '../manifest/app-fields.ts';
import { type Manifest, parseManifest } from '../manifest/manifest.ts';
import { describePlan, type Plan, planChanges } from '../manifest/plan.ts';
import { outputOf, printable } from '../output.ts';
import { toCliError } from '../rpc-errors.ts';
import { createSecret, SECRET_FILE_OPTION, type SecretFileOptions } from '../secret-file.ts';
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
      const clients = await currentClients(options);
      const app = await findApp(clients.apps, manifest);
      const logo = await logoOf(manifest, flags.file);
      const plan = planOf(app, manifest, logo);
      const words = describePlan(plan, app === undefined ? manifest.fields.name : `${app.name} (${app.clientId})`);
      if (flags.dryRun || plan.action === 'none') {
        const unchanged = { applied: false, applied_fields: [], client_id: app?.clientId ?? null };
        outputOf(options).show({ ...plan, ...unchanged }, words);
        return;
      }
      process.stderr.write(`${printable(words)}\n`);
      if (!flags.yes && !(await confirm('Apply?'))) throw new CliError('Nothing was changed.', ExitCode.Declined);
      const { json, words: done } = await apply(clients.apps, app, plan, manifest, flags);
      const fields = plan.changes.map(({ field }) => field);
      const changesLogo = logo !== undefined && fields.includes(LOGO);
      const refusal = changesLogo ? await clients.sendLogo(json.client_id, logo).catch(toCliError) : undefined;
      const applied = refusal === undefined ? fields : fields.filter((field) => field !== LOGO);
      // What was applied is shown even if the logo is refused; of a new app, this includes the client secret.
      if (applied.length > 0) {
        outputOf(options).show({ ...plan, applied: refusal === undefined, applied_fields: applied, ...json }, done);
      }
      if (refusal !== undefined) throw refusal;
    });
}

const LOGO = 'logo';

async function logoOf({ logo }: Manifest, file: string): Promise<LogoFile | null | undefined> {
  return typeof logo === 'string' ? readLogo(resolve(dirname(file), logo)) : logo;
}

/** A plan shows a logo by its path. The server has the hash of the image from which the current logo was made. */
function planOf(app: App | undefined, { fields, logo: path }: Manifest, logo: LogoFile | null | undefined): Plan {
  if (path === undefined) return planChanges(app && fieldsOf(app), fields);
  const hash = logo ? createHash('sha256').update(logo.image).digest('hex') : '';
  const current = app && { ...fieldsOf(app), [LOGO]: app.logoSourceSha256 === hash ? path : currentLogo(app) };
  return planChanges(current, path === null && app === undefined ? fields : { ...fields, [LOGO]: path });
}

const currentLogo = (app: App): string | null => (app.logoSourceSha256 === '' ? null : 'the current image');

async function apply(
  apps: Clients['apps'],
  app: App | undefined,
  { changes }: Plan,
  { fields }: Manifest,
  options: SecretFileOptions,
) {
  if (app !== undefined) {
    const changed = changes.filter(({ field }) => field !== LOGO).map(({ field, to }) => [field, to] as const);
    if (changed.length > 0) await apps.updateApp(toUpdateRequest(app.clientId, Object.fromEntries(changed)));
    return { json: { client_id: app.clientId }, words: `Changed ${app.clientId}.` };
  }
  const { created, secret } = await createSecret(options, () => apps.registerApp(toRegisterRequest(fields)));
  const { clientId } = created;
  return { json: { client_id: clientId, ...secret.json }, words: `Created ${clientId}.\n${secret.words}` };
}

/** Finds the app by client id if the manifest has one, otherwise by name, which must be unique. */
async function findApp(apps: Clients['apps'], { clientId, fields }: Manifest): Promise<App | undefined> {
  if (clientId !== undefined) return (await apps.getApp({ clientId })).app;
  const found = (await listApps(apps)).filter(({ name }) => name === fields.name);
  if (found.length <= 1) return found[0];
  throw usageError(`${found.length} apps are named ${fields.name}. Set client_id in the manifest to one of:
${found.map((app) => `  ${app.clientId}`).join('\n')}`);
}

function readManifest(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) =>
    Promise.reject(usageError(`${file} cannot be read: ${error.message}`)),
  );
}
