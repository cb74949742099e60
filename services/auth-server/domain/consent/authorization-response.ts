import type { Secret } from '#common/credentials/secret.ts';
import { errorParameters, type OAuthErrorCode } from '../oauth-error.ts';

/** The redirect URI and `state` of a request. */
export interface Destination {
  readonly redirectUri: string;
  readonly state: string;
}

/** Builds authorization responses (RFC 6749 section 4.1.2) with `iss`, against mix-up attacks (RFC 9207). */
export class AuthorizationResponder {
  readonly #issuer: string;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** The redirect with a code. Contains a credential: do not log it. */
  code(to: Destination, code: Secret): string {
    return this.#address(to, { code: code.reveal() });
  }

  error(to: Destination, error: OAuthErrorCode, description: string): string {
    return this.#address(to, errorParameters(error, description));
  }

  #address({ redirectUri, state }: Destination, response: Record<string, string>): string {
    const parameters = new URLSearchParams(response);
    if (state !== '') parameters.set('state', state);
    parameters.set('iss', this.#issuer);
    // Appended as text, so that the query of the redirect URI stays unchanged (RFC 6749 section 3.1.2).
    return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters}`;
  }
}
