import type { ClientCredentials } from '../domain/app/client-authenticator.ts';
import { OAuthError } from '../domain/oauth-error.ts';
import type { Parameters } from './parameters.ts';

const BASIC = /^Basic +([A-Za-z0-9+/=]+) *$/i;

/**
 * The client credentials (RFC 6749 section 2.3.1) from `Authorization: Basic`, where both parts are form-encoded, or from
 * the body. Rejects a secret in both, and two different client ids, so that a request cannot authenticate as one client and
 * act as another.
 */
export function readClientCredentials(authorization: string | undefined, body: Parameters): ClientCredentials {
  const clientId = body.get('client_id');
  const clientSecret = body.get('client_secret');
  if (authorization === undefined) {
    if (clientId === '' || clientSecret === '') {
      throw new OAuthError('invalid_client', 'send client_id and client_secret, as HTTP Basic or in the body');
    }
    return { clientId, clientSecret };
  }
  const basic = decodeBasic(authorization);
  if (basic === undefined) {
    throw new OAuthError(
      'invalid_client',
      'the Authorization header must be Basic with the base64 of client_id:client_secret, both form-encoded',
    );
  }
  if (clientSecret !== '')
    throw new OAuthError('invalid_request', 'authenticate in the header or in the body, not both');
  if (clientId !== '' && clientId !== basic.clientId) {
    throw new OAuthError('invalid_request', 'client_id in the body is not the one in the Authorization header');
  }
  return basic;
}

function decodeBasic(authorization: string): ClientCredentials | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  try {
    return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) };
  } catch {
    return undefined; // malformed percent-encoding
  }
}

const formDecode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
