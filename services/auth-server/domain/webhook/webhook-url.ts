import { isIP } from 'node:net';
import { secureUrlProblem } from '../redirect-uri.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Which receivers are allowed. */
export interface ReceiverPolicy {
  /** For development only: receivers on this machine, also without TLS. */
  readonly allowLoopback: boolean;
}

/** Names that public DNS does not have (RFC 6761, 6762, 7686, 8375, 9476 and ICANN's `internal`). */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|home\.arpa|test|invalid|onion|alt)$/;

/** Whether a connection to this IP address is allowed. */
export function mayConnectTo(address: string, { allowLoopback }: ReceiverPolicy): boolean {
  return isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address));
}

/**
 * What is wrong with a webhook URL to register; undefined if valid. A valid name may still resolve to a forbidden address,
 * so each connection is checked again.
 */
export function webhookUrlProblem(text: string, policy: ReceiverPolicy): string | undefined {
  const problem = secureUrlProblem(text);
  if (problem !== undefined) return problem;
  const url = new URL(text);
  // The URL parser has normalized decimal, octal, hexadecimal and short forms of IPv4.
  const host = hostOf(url);
  const isLoopbackHost = host === 'localhost' || isLoopbackAddress(host);
  if (isLoopbackHost && policy.allowLoopback) return undefined;
  if (url.protocol !== 'https:') return 'must be https';
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'must not be a private or reserved address';
  if (!host.includes('.') || PRIVATE_NAMES.test(host)) return 'must be a public host name';
  return undefined;
}

/** The host of a URL without brackets and trailing dot, for comparison. */
export function hostOf({ hostname }: Pick<URL, 'hostname'>): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
