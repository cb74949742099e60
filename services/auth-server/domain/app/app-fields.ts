import { z } from 'zod';
import { type FieldViolation, invalidFields } from '#common/errors/app-error.ts';
import { inCatalogOrder, isKnownScope } from '#common/scopes/catalog.ts';
import { redirectUriProblem } from '../redirect-uri.ts';
import { inEventOrder, SUBSCRIBABLE_EVENTS, WEBHOOK_SCOPE } from '../webhook/event-catalog.ts';
import { type ReceiverPolicy, webhookUrlProblem } from '../webhook/webhook-url.ts';
import type { AppFields } from './app.ts';
import { appNameProblem } from './app-name.ts';

const MAX_REDIRECT_URIS = 20;
const MAX_LIST = 50;

/** The message for a missing value, or for one of the wrong type. */
const required = (message: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : message),
});

/** Returns what is wrong with a text. */
type Validate = (text: string) => string | undefined;

const withValidator = (validate: Validate) => (text: string, context: z.RefinementCtx) => {
  const problem = validate(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
};

/** String validated by a custom function. */
const validated = (validate: Validate) => z.string(required('must be text')).superRefine(withValidator(validate));

const scope = validated((name) => (isKnownScope(name) ? undefined : `${JSON.stringify(name)} is not a known scope`));
const webhookEvent = validated((name) =>
  SUBSCRIBABLE_EVENTS.includes(name)
    ? undefined
    : `${JSON.stringify(name)} is not one of ${SUBSCRIBABLE_EVENTS.join(', ')}`,
);

/** The fields as the API names them. Unknown fields are rejected. */
const shape = {
  name: z.string(required('must be text')).trim().superRefine(withValidator(appNameProblem)),
  redirect_uris: z
    .array(validated(redirectUriProblem), required('must be a list'))
    .min(1, 'must have at least one')
    .max(MAX_REDIRECT_URIS, `must have at most ${MAX_REDIRECT_URIS}`)
    .refine((uris) => new Set(uris).size === uris.length, 'must not have duplicates'),
  allowed_actor_modes: z
    .array(z.enum(['app', 'self'], 'must be "app" or "self"'), required('must be a list'))
    .min(1, 'must have at least one')
    .max(2),
  declared_scopes: z.array(scope, required('must be a list')).min(1, 'must have at least one').max(MAX_LIST),
  subscribed_webhook_events: z.array(webhookEvent, required('must be a list')).max(MAX_LIST),
  require_pkce: z.boolean(required('must be true or false')),
};

/** The names of the fields in the API. What converts an app satisfies a record of them, so that none is forgotten. */
export type AppFieldName = keyof typeof shape | 'webhook_url';

/** Validates the fields of apps that admins register and change. */
export class AppFieldRules {
  readonly #registration: ReturnType<typeof schemasFor>['registration'];
  readonly #change: ReturnType<typeof schemasFor>['change'];

  constructor(receivers: ReceiverPolicy) {
    const { registration, change } = schemasFor(receivers);
    this.#registration = registration;
    this.#change = change;
  }

  /** The fields of a new app; throws INVALID_FIELD with a message for each invalid field. */
  parseRegistration(input: unknown): AppFields {
    return complete(parse(this.#registration, input));
  }

  /** The fields of an app after a change; `input` has only the changed ones. */
  parseChange(input: unknown, current: AppFields): AppFields {
    const changed = parse(this.#change, input);
    return complete({
      name: changed.name ?? current.name,
      redirect_uris: changed.redirect_uris ?? [...current.redirectUris],
      allowed_actor_modes: changed.allowed_actor_modes ?? [...current.allowedActorModes],
      declared_scopes: changed.declared_scopes ?? [...current.declaredScopes],
      webhook_url: changed.webhook_url === undefined ? current.webhookUrl : changed.webhook_url,
      subscribed_webhook_events: changed.subscribed_webhook_events ?? [...current.subscribedWebhookEvents],
      require_pkce: changed.require_pkce ?? current.requirePkce,
    });
  }
}

function schemasFor(receivers: ReceiverPolicy) {
  const webhookUrl = validated((url) => webhookUrlProblem(url, receivers)).nullable();
  const registration = z.strictObject({
    ...shape,
    webhook_url: webhookUrl.default(null),
    subscribed_webhook_events: shape.subscribed_webhook_events.default([]),
    require_pkce: shape.require_pkce.default(false),
  });
  const change = z.strictObject({ ...shape, webhook_url: webhookUrl }).partial();
  return { registration, change };
}

function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.flatMap(toViolations));
}

/** Checks rules across fields, and puts lists in canonical order. */
function complete(fields: z.output<ReturnType<typeof schemasFor>['registration']>): AppFields {
  if (!fields.declared_scopes.includes(WEBHOOK_SCOPE)) {
    const violations = [
      ...(fields.webhook_url === null ? [] : ['webhook_url']),
      ...(fields.subscribed_webhook_events.length === 0 ? [] : ['subscribed_webhook_events']),
    ].map((field) => ({ field, message: `needs the scope ${WEBHOOK_SCOPE} in declared_scopes` }));
    if (violations.length > 0) throw invalidFields(violations);
  }
  return {
    name: fields.name,
    redirectUris: fields.redirect_uris,
    allowedActorModes: (['app', 'self'] as const).filter((mode) => fields.allowed_actor_modes.includes(mode)),
    declaredScopes: inCatalogOrder(fields.declared_scopes),
    webhookUrl: fields.webhook_url,
    subscribedWebhookEvents: inEventOrder(fields.subscribed_webhook_events),
    requirePkce: fields.require_pkce,
  };
}

function toViolations(issue: z.core.$ZodIssue): FieldViolation[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, message: 'is not a field of an app' }));
  }
  const [field, index] = issue.path;
  // The violation names the list; the message names the item.
  const message = index === undefined ? issue.message : `item ${Number(index) + 1} ${issue.message}`;
  return [{ field: String(field ?? 'body'), message }];
}
