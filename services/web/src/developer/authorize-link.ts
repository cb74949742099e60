import type { ActorName } from '../scopes/actor-modes.ts';

const RANDOM_BYTES = 32;

/** What an app makes anew for each authorization request. */
export interface RequestSecrets {
  readonly state: string;
  readonly verifier: string;
  readonly challenge: string;
}

/** RFC 7636 section 4: a verifier, and the challenge that is its SHA-256. */
export async function newRequestSecrets(): Promise<RequestSecrets> {
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return {
    state: base64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))),
    verifier,
    challenge: base64Url(new Uint8Array(digest)),
  };
}

export interface LinkFields {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly actor: ActorName;
  readonly scopes: readonly string[];
}

/** RFC 6749 section 4.1.1. */
export function authorizeLink({ clientId, redirectUri, actor, scopes }: LinkFields, secrets: RequestSecrets): string {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    actor,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    state: secrets.state,
    code_challenge: secrets.challenge,
    code_challenge_method: 'S256',
  });
  return `${window.location.origin}/oauth/authorize?${parameters}`;
}

/** The call that turns the code into tokens, for a terminal. */
export function exchangeCommand({ clientId, redirectUri }: LinkFields, { verifier }: RequestSecrets): string {
  const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
  return [
    `curl ${window.location.origin}/oauth/token -u ${quoted(`${clientId}:SECRET`)}`,
    '-d grant_type=authorization_code',
    '-d code=CODE',
    `--data-urlencode ${quoted(`redirect_uri=${redirectUri}`)}`,
    `-d code_verifier=${verifier}`,
  ].join(' \\\n  ');
}

function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}
