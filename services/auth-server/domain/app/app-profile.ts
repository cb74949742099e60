import type { AppFields } from './app-fields.ts';

/** Whether an operator has verified that the app belongs to the organization that owns it. */
export type Verification = 'not_reviewed' | 'verified';

/** URLs, or an email address. */
const LINK_FIELDS = ['homepageUrl', 'privacyPolicyUrl', 'termsUrl', 'supportAddress', 'initiateLoginUri'] as const;

/** The public profile of an app, for people who connect it. */
export interface AppProfile extends Pick<AppFields, 'description' | (typeof LINK_FIELDS)[number]> {
  /** SHA-256 of the logo, a PNG, in hex. */
  readonly logoHash: string | null;
  readonly verification: Verification;
}

/** Where the logo with this hash is served; null if there is no logo. */
export const logoPath = (hash: string | null): string | null => hash && `/app-logos/${hash}.png`;

/**
 * Whether a change affects what an operator has verified: the name, the description, or a new host or email address in the
 * redirect URIs and links.
 */
export function affectsVerification(before: AppFields, after: AppFields): boolean {
  const known = hostsOf(before);
  return (
    before.name !== after.name ||
    before.description !== after.description ||
    hostsOf(after).some((host) => !known.includes(host))
  );
}

function hostsOf(app: AppFields): string[] {
  const links = LINK_FIELDS.map((field) => app[field]);
  return [...app.redirectUris, ...links].flatMap((address) => {
    if (address === null) return [];
    // An email address is compared as a whole: the domain of a mail provider does not identify the owner.
    return URL.canParse(address) ? new URL(address).host : address;
  });
}
