import { isIP } from 'node:net';
import { secureUrlProblem } from '../redirect-uri.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Where webhooks may go. */
export interface ReceiverPolicy {
  /** For development alone: receivers on this machine, also without TLS. */
  readonly allowLoopback: boolean;
}

/** Names that no public DNS has (RFC 6761, 6762, 7686, 8375, 9476 and ICANN's `internal`). */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|home\.arpa|test|invalid|onion|alt)$/;

/** Whether an address that a name has led to, or that is a URL's host, may be connected to. */
export function mayConnectTo(address: string, { allowLoopback }: ReceiverPolicy): boolean {
  return isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address));
}

/**
 * What is wrong with a webhook URL that an app wants to register; undefined if nothing is. A good name may still lead
 * to a bad address, today or later, so each connection is checked again.
 */
export function webhookUrlProblem(text: string, policy: ReceiverPolicy): string | undefined {
  const problem = secureUrlProblem(text);
  if (problem !== undefined) return problem;
  const url = new URL(text);
  // The URL parser has already turned decimal, octal, hexadecimal and short forms of IPv4 into the usual one.
  const host = hostOf(url);
  const isLoopbackHost = host === 'localhost' || isLoopbackAddress(host);
  if (isLoopbackHost && policy.allowLoopback) return undefined;
  if (url.protocol !== 'https:') return 'must be https';
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'must not be a private or reserved address';
  if (!host.includes('.') || PRIVATE_NAMES.test(host)) return 'must be a host that is reachable from the internet';
  return undefined;
}

/** The host of a URL as names and addresses are compared: without brackets, and without the dot of a full name. */
export function hostOf({ hostname }: Pick<URL, 'hostname'>): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
