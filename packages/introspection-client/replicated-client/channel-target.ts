import { isIP } from 'node:net';

/** `host:port`, with an IPv6 host in brackets. */
const ADDRESS = /^(?:\[(?<bracketed>[0-9A-Fa-f:.]+)\]|(?<plain>[A-Za-z0-9._-]+)):(?<port>[0-9]{1,5})$/;

/**
 * The grpc-js target of all replicas: IPv4 addresses, IPv6 addresses, or one DNS name. Throws for any other list, because a
 * target has one resolver, and if an address is malformed.
 */
export function channelTarget(addresses: readonly string[]): string {
  const kinds = new Set(addresses.map(requireKind));
  const [kind] = kinds;
  if (kind === undefined) throw new Error('at least one replica address is needed');
  if (kinds.size > 1) throw new Error(`replica addresses must be all IPv4, all IPv6, or one DNS name: ${addresses}`);
  if (kind !== 'dns') return `${kind}:${addresses.join(',')}`;
  if (addresses.length > 1) throw new Error(`only one DNS name is allowed as replica address: ${addresses}`);
  return `dns:///${addresses[0]}`;
}

/** What is wrong with a setting that lists this address, without the name of the setting; undefined if the address is valid. */
export const replicaAddressProblem = (address: string): string | undefined =>
  kindOf(address) === undefined ? 'must be a list of host:port, with brackets around IPv6 addresses' : undefined;

function requireKind(address: string): Kind {
  const kind = kindOf(address);
  if (kind === undefined) throw new Error(`not a replica address (host:port): ${address}`);
  return kind;
}

type Kind = 'ipv4' | 'ipv6' | 'dns';

function kindOf(address: string): Kind | undefined {
  const { bracketed, plain, port } = ADDRESS.exec(address)?.groups ?? {};
  const family = isIP(bracketed ?? plain ?? '');
  const isUsable = bracketed === undefined ? plain !== undefined : family === 6;
  if (!isUsable || Number(port) > 65_535) return undefined;
  if (bracketed !== undefined) return 'ipv6';
  return family === 4 ? 'ipv4' : 'dns';
}
