import { text } from '../text.ts';
import type { Profile } from './profile.ts';

export interface ProfileLink {
  readonly label: string;
  readonly href: string;
  /** Where the link leads: a host, or an email address. */
  readonly destination: string;
}

/** The links of a profile, without the start URL. URLs with a scheme other than https, such as `javascript:`, are omitted. */
export function linksOf(profile: Profile): readonly ProfileLink[] {
  const words = text.profile;
  const links = [
    websiteOf(profile),
    linkOf(words.privacyPolicy, profile.privacyPolicyUrl),
    linkOf(words.terms, profile.termsUrl),
    linkOf(words.support, profile.supportAddress),
  ];
  return links.filter((link) => link !== undefined);
}

/** The link to the app's website; undefined if it has none. */
export const websiteOf = (profile: Profile): ProfileLink | undefined =>
  linkOf(text.profile.homepage, profile.homepageUrl);

function linkOf(label: string, address: string): ProfileLink | undefined {
  if (URL.canParse(address)) {
    const { protocol, href, host } = new URL(address);
    return protocol === 'https:' ? { label, href, destination: host } : undefined;
  }
  return address.includes('@') ? { label, href: `mailto:${address}`, destination: address } : undefined;
}
