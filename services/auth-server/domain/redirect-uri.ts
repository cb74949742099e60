/** RFC 8252 section 7.3: only these hosts may be reached without TLS. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const LOOPBACK_IP_LITERAL = /^http:\/\/(?<host>127\.0\.0\.1|\[::1\])(?<port>:[1-9][0-9]{0,4})?(?<rest>[/?].*)?$/s;

/** What the answer adds to it (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207): a parameter that came twice is refused by clients. */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

/** Printable ASCII only, no space, no backslash: what is left cannot be read differently by two parsers. */
const SAFE_CHARACTERS = /^[\x21-\x5b\x5d-\x7e]+$/;
const MAX_LENGTH = 2_000;

/** What is wrong with a redirect URI that an app wants to register; undefined if nothing is. */
export function redirectUriProblem(uri: string): string | undefined {
  const problem = secureUrlProblem(uri);
  if (problem !== undefined) return problem;
  if (uri.includes('#')) return 'must not have a fragment';
  if (uri.includes('*')) return 'must not have a wildcard; register each address';
  const { searchParams } = new URL(uri);
  const added = RESPONSE_PARAMETERS.find((name) => searchParams.has(name));
  if (added !== undefined) return `must not have ${added} in its query, which the answer adds`;
  // Compared as a string, shown as a URL: both must be the same, so `HTTPS://A.example/../b` is not taken.
  if (new URL(uri).href !== uri && new URL(uri).href !== `${uri}/`) return `must be written as ${new URL(uri).href}`;
  return undefined;
}

/** What is wrong with an absolute https URL (http for a loopback host) from a third party; undefined if nothing is. */
export function secureUrlProblem(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`;
  if (!SAFE_CHARACTERS.test(text) || !URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?#]*@/i.test(text))
    return 'must not have user info';
  if (url.port === '0') return 'must not have the port 0';
  if (url.protocol === 'https:' && url.hostname !== '') return undefined;
  if (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname)) return undefined;
  return 'must be https, or http for localhost, 127.0.0.1 or [::1]';
}

/**
 * Whether `given` is one of the registered ones: the same string (RFC 9700 section 2.1), except that for a loopback IP
 * literal the port may differ, because native apps take a free one (RFC 8252 section 7.3).
 */
export function matchesRegisteredRedirectUri(given: string, registered: readonly string[]): boolean {
  if (registered.includes(given)) return true;
  const portless = withoutLoopbackPort(given);
  return portless !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === portless);
}

function withoutLoopbackPort(uri: string): string | undefined {
  const groups = LOOPBACK_IP_LITERAL.exec(uri)?.groups;
  if (groups === undefined || Number((groups.port ?? ':0').slice(1)) > 65_535) return undefined;
  return `http://${groups.host}${groups.rest ?? ''}`;
}
