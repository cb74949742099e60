import { intersectScopes } from '#common/scopes/algebra.ts';
import type { App } from '../app/app.ts';

/** What the admins of an organization permit. Applies to install requests, consents and exchanges, not to existing installs. */
export interface InstallPolicy {
  /** Whether members who are not admins can request the apps that the policy permits. */
  readonly membersMayRequest: boolean;
  readonly onlyVerifiedApps: boolean;
  /** Client ids. If there are any, no other app is permitted. */
  readonly allowedApps: readonly string[];
  /** Client ids. */
  readonly blockedApps: readonly string[];
  /** The most that an app can be granted; empty: no limit. */
  readonly permittedScopes: readonly string[];
}

/** The policy of an organization for which none has been set. */
export const DEFAULT_POLICY: InstallPolicy = {
  membersMayRequest: true,
  onlyVerifiedApps: false,
  allowedApps: [],
  blockedApps: [],
  permittedScopes: [],
};

export type PolicyRefusal = 'app_blocked' | 'app_not_allowed' | 'app_not_verified' | 'scopes_not_permitted';

type PolicyApp = Pick<App, 'clientId' | 'verification'>;

/** Why the policy refuses to grant the scopes to the app; undefined if it permits them. The only place where this is decided. */
export function refusalOf(
  policy: InstallPolicy,
  { clientId, verification }: PolicyApp,
  scopes: readonly string[],
): PolicyRefusal | undefined {
  const { allowedApps, blockedApps, onlyVerifiedApps } = policy;
  if (blockedApps.includes(clientId)) return 'app_blocked';
  if (allowedApps.length > 0 && !allowedApps.includes(clientId)) return 'app_not_allowed';
  if (onlyVerifiedApps && verification !== 'verified') return 'app_not_verified';
  if (permittedOf(policy, scopes).length < scopes.length) return 'scopes_not_permitted';
  return undefined;
}

/** The requested scopes that an admin can grant, in catalog order, and why the app is refused, if it is. */
export function offerOf(
  policy: InstallPolicy,
  app: PolicyApp,
  requested: readonly string[],
): { readonly refusal: PolicyRefusal | undefined; readonly permittedScopes: readonly string[] } {
  const permittedScopes = permittedOf(policy, requested);
  const refusal = refusalOf(policy, app, permittedScopes.length > 0 ? permittedScopes : requested);
  return { refusal, permittedScopes };
}

const permittedOf = ({ permittedScopes }: InstallPolicy, scopes: readonly string[]): readonly string[] =>
  permittedScopes.length === 0 ? scopes : intersectScopes(scopes, permittedScopes);

const DESCRIPTIONS: Record<PolicyRefusal, string> = {
  app_blocked: 'the organization has blocked this app',
  app_not_allowed: 'the organization permits only the apps of a list, and this app is not on it',
  app_not_verified: 'the organization permits only verified apps, and this app is not verified',
  scopes_not_permitted: 'the organization does not permit apps to have some of these scopes',
};

/** The refusal as text for an error. */
export const describeRefusal = (refusal: PolicyRefusal): string => `${DESCRIPTIONS[refusal]} (its install policy)`;
