import type { Secret } from '#common/credentials/secret.ts';
import { errorParameters, type OAuthErrorCode } from '../oauth-error.ts';

/** Where an answer goes. */
export interface Destination {
  readonly redirectUri: string;
  readonly state: string;
}

/** Builds authorization responses (RFC 6749 section 4.1.2) with `iss` (RFC 9207), so that no app mixes up servers. */
export class AuthorizationResponder {
  readonly #issuer: string;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** The address that carries a code. It holds a credential: not for logs. */
  code(to: Destination, code: Secret): string {
    return this.#address(to, { code: code.reveal() });
  }

  error(to: Destination, error: OAuthErrorCode, description: string): string {
    return this.#address(to, errorParameters(error, description));
  }

  #address({ redirectUri, state }: Destination, answer: Record<string, string>): string {
    const parameters = new URLSearchParams(answer);
    if (state !== '') parameters.set('state', state);
    parameters.set('iss', this.#issuer);
    // Appended to the text as it was registered: its own query stays as it is (RFC 6749 section 3.1.2).
    return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters}`;
  }
}
