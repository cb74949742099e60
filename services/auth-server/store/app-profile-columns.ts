import type { AppProfile } from '../domain/app/app-profile.ts';

/** The columns of `apps` in a profile; `logoHash` comes from logo-store.ts. */
export const APP_PROFILE_COLUMNS = [
  'apps.description',
  'apps.homepage_url as homepageUrl',
  'apps.privacy_policy_url as privacyPolicyUrl',
  'apps.terms_url as termsUrl',
  'apps.support_address as supportAddress',
  'apps.initiate_login_uri as initiateLoginUri',
  'apps.verification',
] as const;

/** Picks the profile out of a row that also has other columns. */
export const toAppProfile = ({
  description,
  homepageUrl,
  privacyPolicyUrl,
  termsUrl,
  supportAddress,
  initiateLoginUri,
  logoHash,
  verification,
}: AppProfile): AppProfile => ({
  description,
  homepageUrl,
  privacyPolicyUrl,
  termsUrl,
  supportAddress,
  initiateLoginUri,
  logoHash,
  verification,
});
