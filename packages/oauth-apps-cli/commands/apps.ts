import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Command } from 'commander';
import type { App } from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { currentClients } from '../clients.ts';
import { usageError } from '../exit-codes.ts';
import { listApps } from '../list-apps.ts';
import { readLogo } from '../logos.ts';
import { type AppFields, fieldsOf, toRegisterRequest, toUpdateRequest } from '../manifest/app-fields.ts';
import { outputOf, table } from '../output.ts';
import { toCliError } from '../rpc-errors.ts';
import { createSecret, SECRET_FILE_OPTION, type SecretFileOptions } from '../secret-file.ts';
import { addApply } from './apply.ts';
import { collect, globalOptionsOf, wholeNumber } from './options.ts';

const MAX_OVERLAP_SECONDS = 604_800;

/** `apps …`: the apps of an organization. */
export function addApps(program: Command): void {
  const apps = program.command('apps').description('manage the apps of your organization');
  apps
    .command('list')
    .description('list the apps of the organization')
    .action(async (_options, command: Command) => {
      const options = globalOptionsOf(command);
      const found = await listApps((await currentClients(options)).apps);
      const rows = found.map((app) => [app.clientId, app.name, app.declaredScopes.join(' ')]);
      outputOf(options).show(found.map(appJson), table([['CLIENT ID', 'NAME', 'SCOPES'], ...rows]));
    });
  withFieldOptions(apps.command('create').description('register an app; shows its client secret once'))
    .option(...SECRET_FILE_OPTION)
    .action(async (flags: FieldOptions & SecretFileOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const request = toRegisterRequest(fieldsFrom(flags));
      const { apps } = await currentClients(options);
      const { created, secret } = await createSecret(flags, () => apps.registerApp(request));
      const { app } = created;
      outputOf(options).show(
        { app: appJson(app as App), ...secret.json },
        `Created ${app?.clientId}.\n${secret.words}`,
      );
    });
  withFieldOptions(apps.command('update <client_id>').description('change fields of an app'))
    .option('--logo <file>', 'a PNG, JPEG or WebP image; "" for none')
    .action(async (clientId: string, flags: FieldOptions & { logo?: string }, command: Command) => {
      const options = globalOptionsOf(command);
      const fields = fieldsFrom(flags);
      if (Object.keys(fields).length === 0 && flags.logo === undefined) {
        throw usageError('Name at least one field to change, such as --name.');
      }
      const logo = flags.logo ? await readLogo(flags.logo) : flags.logo === '' ? null : undefined;
      const { apps, sendLogo } = await currentClients(options);
      const changesFields = Object.keys(fields).length > 0;
      if (changesFields) await apps.updateApp(toUpdateRequest(clientId, fields));
      const refusal = logo === undefined ? undefined : await sendLogo(clientId, logo).catch(toCliError);
      if (refusal !== undefined && !changesFields) throw refusal;
      // The other fields have changed even if the logo is refused.
      const { app } = await apps.getApp({ clientId });
      outputOf(options).show(appJson(app as App), `Changed ${clientId}.`);
      if (refusal !== undefined) throw refusal;
    });
  apps
    .command('rotate <client_id>')
    .description('create a new client secret and show it once')
    .requiredOption(
      '--overlap <seconds>',
      'how long the old secret stays valid: 0 ends it now; at most 604800 (7 days)',
      wholeNumber(0, MAX_OVERLAP_SECONDS),
    )
    .option(...SECRET_FILE_OPTION)
    .action(async (clientId: string, flags: { overlap: number } & SecretFileOptions, command: Command) => {
      const options = globalOptionsOf(command);
      const { apps } = await currentClients(options);
      const rotate = () => apps.rotateAppSecret({ clientId, overlapSeconds: flags.overlap });
      const { created: rotated, secret } = await createSecret(flags, rotate);
      const until = rotated.previousExpiresAt && timestampDate(rotated.previousExpiresAt).toISOString();
      const json = { client_id: clientId, previous_expires_at: until, ...secret.json };
      const previous = flags.overlap === 0 ? 'no longer works' : `is valid until ${until}`;
      outputOf(options).show(json, `${secret.words}\nThe previous secret ${previous}.`);
    });
  addApply(apps);
}

interface FieldOptions {
  readonly name?: string;
  readonly redirectUri?: string[];
  readonly actorMode?: string[];
  readonly scope?: string[];
  readonly webhookUrl?: string;
  readonly event?: string[];
  readonly requirePkce?: boolean;
  readonly description?: string;
  readonly homepageUrl?: string;
  readonly privacyPolicyUrl?: string;
  readonly termsUrl?: string;
  readonly supportAddress?: string;
  readonly initiateLoginUri?: string;
}

function withFieldOptions(command: Command): Command {
  return command
    .option('--name <name>', 'shown on the consent page')
    .option('--redirect-uri <uri>', 'repeatable', collect)
    .option('--actor-mode <mode>', 'app or self; repeatable', collect)
    .option('--scope <scope>', 'repeatable', collect)
    .option('--webhook-url <url>', 'the receiver of events; "" for none')
    .option('--event <type>', 'an event to subscribe to; repeatable', collect)
    .option('--require-pkce', 'refuse authorization requests without PKCE')
    .option('--no-require-pkce', 'accept authorization requests without PKCE')
    .option('--description <text>', 'what the app does, as users see it; "" for none')
    .option('--homepage-url <url>', '"" for none')
    .option('--privacy-policy-url <url>', '"" for none')
    .option('--terms-url <url>', '"" for none')
    .option('--support-address <address>', 'an email address or an https URL; "" for none')
    .option('--initiate-login-uri <url>', 'where the app starts an authorization request; "" for none')
    .configureHelp({ showGlobalOptions: true });
}

function fieldsFrom(options: FieldOptions): AppFields {
  const fields: Record<string, AppFields[string] | undefined> = {
    name: options.name,
    redirect_uris: options.redirectUri,
    allowed_actor_modes: options.actorMode,
    declared_scopes: options.scope,
    webhook_url: options.webhookUrl,
    subscribed_webhook_events: options.event,
    require_pkce: options.requirePkce,
    description: options.description,
    homepage_url: options.homepageUrl,
    privacy_policy_url: options.privacyPolicyUrl,
    terms_url: options.termsUrl,
    support_address: options.supportAddress,
    initiate_login_uri: options.initiateLoginUri,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as AppFields;
}

const appJson = (app: App) => ({ client_id: app.clientId, ...fieldsOf(app), logo_path: app.logoPath || null });
