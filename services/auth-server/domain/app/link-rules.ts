import { z } from 'zod';
import { secureUrlProblem } from '../redirect-uri.ts';

const email = z.email();
/** RFC 5321 section 4.5.3.1.3, without the angle brackets. */
const MAX_EMAIL_LENGTH = 254;

/** What is wrong with a URL of an app, such as its homepage, to which pages link; undefined if valid. */
export function linkProblem(text: string): string | undefined {
  if (URL.canParse(text) && new URL(text).protocol !== 'https:') return 'must be https';
  return secureUrlProblem(text);
}

/**
 * What is wrong with a support address, an https URL or an email address; undefined if valid. No accepted email address has a
 * character with a meaning in `mailto:` URLs.
 */
export function supportAddressProblem(text: string): string | undefined {
  if (/^https:/i.test(text)) return linkProblem(text);
  const isEmail = text.length <= MAX_EMAIL_LENGTH && email.safeParse(text).success;
  return isEmail ? undefined : 'must be an email address or an https URL';
}
