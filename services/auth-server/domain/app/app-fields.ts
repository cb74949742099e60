import { z } from 'zod';
import { inCatalogOrder, isKnownScope } from '#common/scopes/catalog.ts';
import { type CamelCase, camelCase } from '../camel-case.ts';
import { redirectUriProblem } from '../redirect-uri.ts';
import { inEventOrder, SUBSCRIBABLE_EVENTS } from '../webhook/event-catalog.ts';
import { required, validated, withValidator } from './field-validators.ts';
import { linkProblem, supportAddressProblem } from './link-rules.ts';
import { appDescriptionProblem, appNameProblem } from './shown-text.ts';

const MAX_REDIRECT_URIS = 20;
const MAX_LIST_LENGTH = 50;
const ACTOR_MODES = ['app', 'self'] as const;

const scope = validated((name) => (isKnownScope(name) ? undefined : `${JSON.stringify(name)} is not a known scope`));
const webhookEvent = validated((name) =>
  SUBSCRIBABLE_EVENTS.includes(name)
    ? undefined
    : `${JSON.stringify(name)} is not one of ${SUBSCRIBABLE_EVENTS.join(', ')}`,
);

const link = (description: string) => validated(linkProblem).nullable().describe(description).default(null);

/**
 * The fields of an app that its owner can change, each with its rule and the default of a new app. The key is the name
 * of the column, the JSON member and the proto field. Reads, writes and conversions are derived from this record.
 */
export const APP_FIELDS = {
  name: z
    .string(required('must be a string'))
    .trim()
    .superRefine(withValidator(appNameProblem))
    .describe('Shown on the consent page.'),
  redirect_uris: z
    .array(validated(redirectUriProblem), required('must be a list'))
    .min(1, 'must have at least one')
    .max(MAX_REDIRECT_URIS, `must have at most ${MAX_REDIRECT_URIS}`)
    .refine((uris) => new Set(uris).size === uris.length, 'must not have duplicates')
    .describe(
      'https, or http for localhost, 127.0.0.1 and [::1]. Compared exactly, except for the port of 127.0.0.1 and [::1].',
    ),
  allowed_actor_modes: z
    .array(z.enum(ACTOR_MODES, 'must be "app" or "self"'), required('must be a list'))
    .min(1, 'must have at least one')
    .max(ACTOR_MODES.length, `must have at most ${ACTOR_MODES.length}`)
    .transform((modes) => ACTOR_MODES.filter((mode) => modes.includes(mode))),
  declared_scopes: z
    .array(scope, required('must be a list'))
    .min(1, 'must have at least one')
    .max(MAX_LIST_LENGTH, `must have at most ${MAX_LIST_LENGTH}`)
    .transform(inCatalogOrder),
  /** Which URLs are valid depends on the configuration, so AppFieldRules checks it. */
  webhook_url: z.string(required('must be a string')).nullable().default(null),
  subscribed_webhook_events: z
    .array(webhookEvent, required('must be a list'))
    .max(MAX_LIST_LENGTH, `must have at most ${MAX_LIST_LENGTH}`)
    .transform(inEventOrder)
    .default([]),
  require_pkce: z.boolean(required('must be true or false')).default(false),
  description: z
    .string(required('must be a string'))
    .overwrite((text) => text.replace(/\s+/g, ' ').trim())
    .superRefine(withValidator(appDescriptionProblem))
    .nullable()
    .describe('What the app does, in a paragraph of at most 300 characters. Users see it.')
    .default(null),
  homepage_url: link('An https URL.'),
  privacy_policy_url: link('An https URL.'),
  terms_url: link('An https URL.'),
  support_address: validated(supportAddressProblem)
    .nullable()
    .describe('An email address or an https URL.')
    .default(null),
  /** OpenID Connect Core 1.0, section 4. */
  initiate_login_uri: link('The https URL of the app that starts an authorization request.'),
};

export type AppFieldName = keyof typeof APP_FIELDS;

export const APP_FIELD_NAMES = Object.keys(APP_FIELDS) as readonly AppFieldName[];

/** The fields with their names as columns and as JSON members. */
export type AppColumns = z.output<z.ZodObject<typeof APP_FIELDS>>;

/** The same fields with camelCase names. */
export type AppFields = {
  readonly [Name in AppFieldName as CamelCase<Name>]: Readonly<AppColumns[Name]>;
};

export function toAppColumns(fields: AppFields): AppColumns {
  return Object.fromEntries(APP_FIELD_NAMES.map((name) => [name, fields[camelCase(name)]])) as AppColumns;
}

export function fromAppColumns(columns: AppColumns): AppFields {
  return Object.fromEntries<unknown>(APP_FIELD_NAMES.map((name) => [camelCase(name), columns[name]])) as AppFields;
}
