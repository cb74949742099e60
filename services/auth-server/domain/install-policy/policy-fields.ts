import { type FieldViolation, invalidFields } from '#common/errors/app-error.ts';
import { inCatalogOrder, isKnownScope } from '#common/scopes/catalog.ts';
import type { InstallPolicy } from './install-policy.ts';

/** The maximum number of apps in each list. It limits how much a consent reads. */
export const MAX_LISTED_APPS = 200;

/**
 * Validates a policy; returns it without duplicates, with scopes in catalog order. Throws INVALID_FIELD. `knownApps`:
 * the client ids that exist.
 */
export function checkPolicy(input: InstallPolicy, knownApps: ReadonlySet<string>): InstallPolicy {
  const policy = {
    ...input,
    allowedApps: [...new Set(input.allowedApps)],
    blockedApps: [...new Set(input.blockedApps)],
  };
  const violations = [
    ...listViolations('allowed_apps', policy.allowedApps, knownApps),
    ...listViolations('blocked_apps', policy.blockedApps, knownApps),
    ...policy.blockedApps
      .filter((clientId) => policy.allowedApps.includes(clientId))
      .map((clientId) => ({ field: 'blocked_apps', message: `${clientId} is in the list of allowed apps` })),
    ...policy.permittedScopes
      .filter((name) => !isKnownScope(name))
      .map((name) => ({ field: 'permitted_scopes', message: `${JSON.stringify(name)} is not a known scope` })),
  ];
  if (violations.length > 0) throw invalidFields(violations);
  return { ...policy, permittedScopes: inCatalogOrder(policy.permittedScopes) };
}

function listViolations(field: string, clientIds: readonly string[], known: ReadonlySet<string>): FieldViolation[] {
  if (clientIds.length > MAX_LISTED_APPS) return [{ field, message: `must have at most ${MAX_LISTED_APPS} apps` }];
  return clientIds
    .filter((clientId) => !known.has(clientId))
    .map((clientId) => ({ field, message: `${JSON.stringify(clientId)} is not the client ID of an app` }));
}
