import { z } from 'zod';
import { type FieldViolation, invalidFields } from '#common/errors/app-error.ts';
import { inCatalogOrder, isKnownScope } from '#common/scopes/catalog.ts';
import { redirectUriProblem } from '../redirect-uri/redirect-uri.ts';
import { type ReceiverPolicy, webhookUrlProblem } from '../webhook/webhook-url.ts';
import { inEventOrder, SUBSCRIBABLE_EVENTS, WEBHOOK_SCOPE } from '../webhook-event/catalog.ts';
import type { AppFields } from './app.ts';
import { appNameProblem } from './app-name.ts';

const MAX_REDIRECT_URIS = 20;
const MAX_LIST = 50;

/** What to say of a value of the wrong type, or of none. */
const must = (what: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : what),
});

type ProblemOf = (text: string) => string | undefined;

const withoutProblem = (problemOf: ProblemOf) => (text: string, context: z.RefinementCtx) => {
  const problem = problemOf(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
};

/** String validated by a custom function. */
const checked = (problemOf: ProblemOf) => z.string(must('must be text')).superRefine(withoutProblem(problemOf));

const scope = checked((name) => (isKnownScope(name) ? undefined : `${JSON.stringify(name)} is not a known scope`));
const webhookEvent = checked((name) =>
  SUBSCRIBABLE_EVENTS.includes(name)
    ? undefined
    : `${JSON.stringify(name)} is not one of ${SUBSCRIBABLE_EVENTS.join(', ')}`,
);

/** The fields as the wire names them; anything else is refused. */
const shape = {
  name: z.string(must('must be text')).trim().superRefine(withoutProblem(appNameProblem)),
  redirect_uris: z
    .array(checked(redirectUriProblem), must('must be a list'))
    .min(1, 'must have at least one')
    .max(MAX_REDIRECT_URIS, `must have at most ${MAX_REDIRECT_URIS}`)
    .refine((uris) => new Set(uris).size === uris.length, 'must not have one twice'),
  allowed_actor_modes: z
    .array(z.enum(['app', 'self'], 'must be "app" or "self"'), must('must be a list'))
    .min(1, 'must have at least one')
    .max(2),
  declared_scopes: z.array(scope, must('must be a list')).min(1, 'must have at least one').max(MAX_LIST),
  subscribed_webhook_events: z.array(webhookEvent, must('must be a list')).max(MAX_LIST),
  require_pkce: z.boolean(must('must be true or false')),
};

/** The names of the fields on the wire. What converts an app satisfies a record of them, so that none is forgotten. */
export type AppFieldName = keyof typeof shape | 'webhook_url';

/** What admins may say of apps. */
export class AppFieldRules {
  readonly #registration: ReturnType<typeof schemasFor>['registration'];
  readonly #change: ReturnType<typeof schemasFor>['change'];

  constructor(receivers: ReceiverPolicy) {
    const { registration, change } = schemasFor(receivers);
    this.#registration = registration;
    this.#change = change;
  }

  /** The fields of a new app; throws INVALID_FIELD with a message for each that is not acceptable. */
  parseRegistration(input: unknown): AppFields {
    return complete(parse(this.#registration, input));
  }

  /** The fields of an app after a change, of which `input` names only what differs. */
  parseChange(input: unknown, current: AppFields): AppFields {
    const given = parse(this.#change, input);
    return complete({
      name: given.name ?? current.name,
      redirect_uris: given.redirect_uris ?? [...current.redirectUris],
      allowed_actor_modes: given.allowed_actor_modes ?? [...current.allowedActorModes],
      declared_scopes: given.declared_scopes ?? [...current.declaredScopes],
      webhook_url: given.webhook_url === undefined ? current.webhookUrl : given.webhook_url,
      subscribed_webhook_events: given.subscribed_webhook_events ?? [...current.subscribedWebhookEvents],
      require_pkce: given.require_pkce ?? current.requirePkce,
    });
  }
}

function schemasFor(receivers: ReceiverPolicy) {
  const webhookUrl = checked((url) => webhookUrlProblem(url, receivers)).nullable();
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

/** Rules that concern several fields at once, then the lists in their one order. */
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
  // Lists are named by their field; which item it is, is for people
  const message = index === undefined ? issue.message : `item ${Number(index) + 1} ${issue.message}`;
  return [{ field: String(field ?? 'body'), message }];
}
