import type { ActorName } from '../scopes/actor-modes.ts';

const RANDOM_BYTES = 32;

/** The values that an app generates for each authorization request. */
export interface RequestSecrets {
  readonly state: string;
  readonly verifier: string;
  readonly challenge: string;
}

/** Generates `state`, and a PKCE verifier with its S256 challenge (RFC 7636 section 4). */
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
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** Whether the consent page preselects the sandbox. */
  readonly prefersSandbox: boolean;
  readonly actor: ActorName;
  readonly scopes: readonly string[];
}

/** The URL of the authorization request (RFC 6749 section 4.1.1). */
export function authorizeLink(fields: LinkFields, secrets: RequestSecrets): string {
  const { issuer, clientId, redirectUri, prefersSandbox, actor, scopes } = fields;
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    actor,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    state: secrets.state,
    code_challenge: secrets.challenge,
    code_challenge_method: 'S256',
    ...(prefersSandbox && { sandbox: 'true' }),
  });
  return `${issuer}/oauth/authorize?${parameters}`;
}

/** A curl command that exchanges the code for tokens (RFC 6749 section 4.1.3), with the placeholders SECRET and CODE. */
export function exchangeCommand({ issuer, clientId, redirectUri }: LinkFields, { verifier }: RequestSecrets): string {
  const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
  return [
    `curl ${issuer}/oauth/token -u ${quoted(`${clientId}:SECRET`)}`,
    '-d grant_type=authorization_code',
    '-d code=CODE',
    `--data-urlencode ${quoted(`redirect_uri=${redirectUri}`)}`,
    `-d code_verifier=${verifier}`,
  ].join(' \\\n  ');
}

function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}
