/** RFC 8252 sections 7.3 and 8.3: the only hosts allowed without TLS. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const LOOPBACK_IP_LITERAL = /^http:\/\/(?<host>127\.0\.0\.1|\[::1\])(?<port>:[1-9][0-9]{0,4})?(?<rest>[/?].*)?$/s;

/** Parameters of authorization responses (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). Clients reject duplicates. */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

/** Printable ASCII without space and backslash, so that all URL parsers agree. */
const SAFE_CHARACTERS = /^[\x21-\x5b\x5d-\x7e]*$/;
const MAX_LENGTH = 2_000;

/** What is wrong with a redirect URI to register; undefined if valid. */
export function redirectUriProblem(uri: string): string | undefined {
  const problem = secureUrlProblem(uri);
  if (problem !== undefined) return problem;
  if (uri.includes('#')) return 'must not have a fragment';
  if (uri.includes('*')) return 'must not have a wildcard; register each URI';
  const { searchParams } = new URL(uri);
  const added = RESPONSE_PARAMETERS.find((name) => searchParams.has(name));
  if (added !== undefined) return `must not have ${added} in its query: the authorization response adds it`;
  // Compared as a string but shown as a URL, so both must be the same, except for the slash of an empty path:
  // `HTTPS://A.example/../b` is rejected.
  if (new URL(uri).href !== uri && new URL(uri).href !== `${uri}/`) return `must be written as ${new URL(uri).href}`;
  return undefined;
}

/** What is wrong with an absolute https URL (http for loopback hosts) of a third party; undefined if valid. */
export function secureUrlProblem(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`;
  if (!SAFE_CHARACTERS.test(text)) return 'must have only printable ASCII characters, and no space or backslash';
  if (!URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?#]*@/i.test(text))
    return 'must not have user info';
  if (url.port === '0') return 'must not have the port 0';
  if (url.protocol === 'https:' && url.hostname !== '') return undefined;
  if (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname)) return undefined;
  return 'must be https, or http for localhost, 127.0.0.1 or [::1]';
}

/**
 * Whether `uri` equals a registered one (RFC 9700 section 2.1). For a loopback IP literal the port may differ, because
 * native apps use any free port (RFC 8252 section 7.3).
 */
export function matchesRegisteredRedirectUri(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true;
  const portless = withoutLoopbackPort(uri);
  return portless !== undefined && registered.some((other) => withoutLoopbackPort(other) === portless);
}

function withoutLoopbackPort(uri: string): string | undefined {
  const groups = LOOPBACK_IP_LITERAL.exec(uri)?.groups;
  if (groups === undefined || Number((groups.port ?? ':0').slice(1)) > 65_535) return undefined;
  return `http://${groups.host}${groups.rest ?? ''}`;
}
