import { z } from 'zod';
import { type FieldViolation, invalidFields } from '#common/errors/app-error.ts';
import { WEBHOOK_SCOPE } from '../webhook/event-catalog.ts';
import { type ReceiverPolicy, webhookUrlProblem } from '../webhook/webhook-url.ts';
import { APP_FIELDS, type AppColumns, type AppFields, fromAppColumns, toAppColumns } from './app-fields.ts';
import { validated } from './field-validators.ts';

/** Validates the fields of apps that admins register and change. Unknown fields are rejected. */
export class AppFieldRules {
  readonly #registration: z.ZodType<AppColumns>;
  readonly #change: z.ZodType<Partial<AppColumns>>;

  constructor(receivers: ReceiverPolicy) {
    const webhookUrl = validated((url) => webhookUrlProblem(url, receivers)).nullable();
    const rules = { ...APP_FIELDS, webhook_url: webhookUrl.default(null) };
    this.#registration = z.strictObject(rules);
    this.#change = z.strictObject(optional(rules)) as z.ZodType<Partial<AppColumns>>;
  }

  /** The fields of a new app; throws INVALID_FIELD with a message for each invalid field. */
  parseRegistration(input: unknown): AppFields {
    return checkTogether(parse(this.#registration, input));
  }

  /** The fields of an app after a change; `input` has only the changed ones. */
  parseChange(input: unknown, current: AppFields): AppFields {
    return checkTogether({ ...toAppColumns(current), ...parse(this.#change, input) });
  }
}

/**
 * Makes all fields optional and removes their defaults. zod fills in defaults for optional fields too, but a change
 * must not reset the fields that it omits.
 */
export function optional(rules: Record<string, z.ZodType>) {
  return Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [
      name,
      z.exactOptional(rule instanceof z.ZodDefault ? rule.unwrap() : rule),
    ]),
  );
}

function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.flatMap(toViolations));
}

/** Checks the rules that concern several fields. */
function checkTogether(fields: AppColumns): AppFields {
  if (!fields.declared_scopes.includes(WEBHOOK_SCOPE)) {
    const violations = [
      ...(fields.webhook_url === null ? [] : ['webhook_url']),
      ...(fields.subscribed_webhook_events.length === 0 ? [] : ['subscribed_webhook_events']),
    ].map((field) => ({ field, message: `needs the scope ${WEBHOOK_SCOPE} in declared_scopes` }));
    if (violations.length > 0) throw invalidFields(violations);
  }
  return fromAppColumns(fields);
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
