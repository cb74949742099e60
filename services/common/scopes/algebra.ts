import { inCatalogOrder } from './catalog.ts';

/** Whether a token acts as the app's bot or as the user who consented. */
export type ActorMode = 'app' | 'self';

/** A user's role in one organization. */
export type Role = 'admin' | 'manager' | 'csm' | 'member' | 'collaborator';

const UNCAPPED_ROLES: ReadonlySet<Role> = new Set(['admin', 'manager']);

/** Whether `self` tokens lose this scope when the user has a capped role. */
function isWriting(scope: string): boolean {
  return scope.endsWith(':write') || scope.endsWith(':manage');
}

/** The scopes in both `granted` and `declared`, in catalog order. */
export function intersectScopes(granted: readonly string[], declared: readonly string[]): string[] {
  const allowed = new Set(declared);
  return inCatalogOrder(granted.filter((scope) => allowed.has(scope)));
}

/**
 * The scopes that a token has now. `app`: the granted ones. `self`: the granted ones that the user's current role allows, none
 * without a role. `granted`: only scopes that the app still declares.
 */
export function effectiveScopes(granted: readonly string[], actor: ActorMode, role: Role | undefined): string[] {
  if (actor === 'app') return inCatalogOrder(granted);
  if (role === undefined) return [];
  if (UNCAPPED_ROLES.has(role)) return inCatalogOrder(granted);
  return inCatalogOrder(granted.filter((scope) => !isWriting(scope)));
}

/** Splits a space-separated scope parameter (RFC 6749 section 3.3) and removes duplicates. */
export function parseScopeParameter(text: string): string[] {
  return [...new Set(text.split(' ').filter((name) => name !== ''))];
}
