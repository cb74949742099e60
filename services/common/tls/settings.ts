import { isIP } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { type Check, host } from '../process/config-checks.ts';
import type { ConfigReader } from '../process/config-readers.ts';
import type { ServerTlsSettings } from './server-tls.ts';
import type { UpstreamTlsSettings } from './upstream-tls.ts';

/** `TLS_MIN_VERSION`, for connections in both directions. */
const readMinVersion = (read: ConfigReader): SecureVersion =>
  `TLSv${read.choice('TLS_MIN_VERSION', ['1.2', '1.3'], '1.3')}`;

/** The `TLS_*` settings of a server; undefined: its ports are plain text. */
export function readServerTls(read: ConfigReader): ServerTlsSettings | undefined {
  const pair = readKeyPair(read, 'TLS');
  const clientCaFile = read.optionalText('TLS_CLIENT_CA_FILE');
  const clientAuth = read.choice('TLS_CLIENT_AUTH', ['required', 'optional'], 'required');
  const minVersion = readMinVersion(read);
  if (pair === undefined) {
    if (clientCaFile !== undefined) read.problem('TLS_CLIENT_CA_FILE', 'needs TLS_CERT_FILE and TLS_KEY_FILE');
    return undefined;
  }
  return { ...pair, clientCaFile, clientAuth, minVersion };
}

/** The `UPSTREAM_TLS_*` settings of a client; undefined: it connects in plain text. */
export function readUpstreamTls(read: ConfigReader): UpstreamTlsSettings | undefined {
  const caFile = read.optionalText('UPSTREAM_TLS_CA_FILE');
  const keyPair = readKeyPair(read, 'UPSTREAM_TLS');
  if (caFile !== undefined) return { caFile, keyPair, minVersion: readMinVersion(read) };
  if (keyPair !== undefined) read.problem('UPSTREAM_TLS_CERT_FILE', 'needs UPSTREAM_TLS_CA_FILE');
  return undefined;
}

/**
 * The name that the certificates of servers must have, from the setting `name`; undefined: the DNS name in `addresses`.
 * Required for IP addresses, which SNI cannot hold (RFC 6066 section 3). One channel connects to all addresses, with one name.
 */
export function readTlsName(
  read: ConfigReader,
  name: string,
  addresses: readonly string[],
  tls: UpstreamTlsSettings | undefined,
): string | undefined {
  const tlsName = read.optionalText(name, dnsName);
  if (tls !== undefined && tlsName === undefined && addresses.some(isIpAddress)) {
    read.problem(name, 'is required with TLS to IP addresses');
  }
  return tlsName;
}

const dnsName: Check = (text) => (isIP(text) === 0 ? host(text) : 'must be a DNS name');
/** Whether the host of `host:port` is an IP address. */
const isIpAddress = (address: string): boolean => isIP(address.replace(/:[0-9]+$/, '').replace(/^\[|\]$/g, '')) !== 0;

/** `<prefix>_CERT_FILE` and `<prefix>_KEY_FILE`; both or neither must be set. */
function readKeyPair(read: ConfigReader, prefix: string): { certFile: string; keyFile: string } | undefined {
  const certFile = read.optionalText(`${prefix}_CERT_FILE`);
  const keyFile = read.optionalText(`${prefix}_KEY_FILE`);
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== undefined) read.problem(`${prefix}_KEY_FILE`, `is required with ${prefix}_CERT_FILE`);
  if (keyFile !== undefined) read.problem(`${prefix}_CERT_FILE`, `is required with ${prefix}_KEY_FILE`);
  return undefined;
}
