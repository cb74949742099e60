import { isDeepStrictEqual } from 'node:util';
import type { AppFields } from './app-fields.ts';

interface Change {
  readonly field: string;
  readonly from: AppFields[string] | undefined;
  readonly to: AppFields[string];
}

/** The changes that applying a manifest would make. */
export interface Plan {
  readonly action: 'create' | 'update' | 'none';
  readonly changes: readonly Change[];
}

/** What removing an item of these fields does to installs. */
const REMOVAL_WARNINGS: ReadonlyMap<string, string> = new Map([
  ['allowed_actor_modes', '  (ends all installs with this mode)'],
  ['declared_scopes', '  (from all installs, permanently)'],
  ['subscribed_webhook_events', '  (from all installs, permanently)'],
]);

/**
 * Compares an app with its manifest. Without an app, the plan is to create one. Fields that the manifest does not have are
 * unchanged.
 */
export function planChanges(current: AppFields | undefined, desired: AppFields): Plan {
  const changes = Object.entries(desired)
    .filter(([field, to]) => current === undefined || !isSame(current[field], to))
    .map(([field, to]) => ({ field, from: current?.[field], to }));
  if (current === undefined) return { action: 'create', changes };
  return { action: changes.length === 0 ? 'none' : 'update', changes };
}

/** The plan in words. */
export function describePlan({ action, changes }: Plan, title: string): string {
  if (action === 'none') return `${title} is up to date.`;
  const heading = action === 'create' ? `+ create ${title}` : `~ change ${title}`;
  return [heading, ...changes.flatMap(describeChange)].join('\n');
}

function describeChange({ field, from, to }: Change): string[] {
  if (!Array.isArray(to)) {
    return [from === undefined ? `    ${field}: ${show(to)}` : `    ${field}: ${show(from)} -> ${show(to)}`];
  }
  const before: readonly string[] = Array.isArray(from) ? from : [];
  const removed = before.filter((item) => !to.includes(item));
  const warning = REMOVAL_WARNINGS.get(field) ?? '';
  return [
    `    ${field}:`,
    ...removed.map((item) => `      - ${item}${warning}`),
    ...to.filter((item) => !before.includes(item)).map((item) => `      + ${item}`),
  ];
}

/** The order of a list has no meaning, and the server sorts modes, scopes and events. */
function isSame(a: AppFields[string] | undefined, b: AppFields[string]): boolean {
  return isDeepStrictEqual(sorted(a), sorted(b));
}

const sorted = (value: AppFields[string] | undefined) => (Array.isArray(value) ? [...new Set(value)].sort() : value);

const show = (value: AppFields[string]): string => (value === null ? 'none' : String(value));
