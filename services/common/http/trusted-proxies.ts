import { BlockList, isIP } from 'node:net';

/** The headers in which proxies send the client's address. */
export interface ForwardingHeaders {
  readonly forwarded?: string | undefined;
  readonly 'x-forwarded-for'?: string | string[] | undefined;
}

const COUNT = /^[0-9]{1,2}$/;
const FORMAT = 'must be the number of proxies, or a comma-separated list of IP addresses and CIDR blocks';

/**
 * The proxies whose `Forwarded` (RFC 7239) and `X-Forwarded-For` headers are trusted: those with the configured addresses, or
 * the configured number of proxies in front of this server.
 */
export class TrustedProxies {
  readonly #isTrusted: (address: string, hop: number) => boolean;

  private constructor(isTrusted: (address: string, hop: number) => boolean) {
    this.#isTrusted = isTrusted;
  }

  /** Parses the number of proxies, or addresses and CIDR blocks; throws for anything else. Empty: none. */
  static parse(text: string): TrustedProxies {
    if (COUNT.test(text.trim())) return new TrustedProxies((_address, hop) => hop < Number(text));
    const list = new BlockList();
    for (const item of text.split(',')) if (item.trim() !== '') add(list, item.trim());
    return new TrustedProxies((address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
  }

  /**
   * The client's address: the nearest one that is not a trusted proxy's, or the last one before the headers end or have no
   * address. If the two headers disagree, the proxies write only one of them, and both are ignored.
   */
  clientAddress(peer: string, { forwarded, 'x-forwarded-for': forwardedFor }: ForwardingHeaders): string {
    const own = ipOf(peer) ?? peer;
    const claims = [
      ...(forwarded === undefined ? [] : [addressesIn(forwarded)]),
      ...(forwardedFor === undefined ? [] : [String(forwardedFor).split(',').reverse()]),
    ].map((addresses) => this.#nearestUntrusted([own, ...addresses]));
    return new Set(claims).size === 1 ? (claims[0] as string) : own;
  }

  /** `chain`: addresses, the nearest first. */
  #nearestUntrusted(chain: readonly string[]): string {
    let nearest = chain[0] as string;
    for (let hop = 0; hop + 1 < chain.length && isIP(nearest) !== 0 && this.#isTrusted(nearest, hop); hop++) {
      const next = ipOf(chain[hop + 1] as string);
      if (next === undefined) break; // `unknown`, an obfuscated identifier, or not an address
      nearest = next;
    }
    return nearest;
  }
}

function add(list: BlockList, item: string): void {
  const [address = '', length, ...rest] = item.split('/');
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  const isLength = length === undefined || (/^[0-9]{1,3}$/.test(length) && Number(length) <= bits);
  if (family === 0 || !isLength || rest.length > 0) throw new Error(FORMAT);
  list.addSubnet(address, Number(length ?? bits), family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * The values of `for` in a `Forwarded` header, nearest first; an empty string for an element without `for`. Parsed from the end,
 * where proxies append, so that an unclosed quote of the client does not affect the proxies' elements.
 */
function addressesIn(forwarded: string): string[] {
  const elements = reversed(forwarded).match(/(?:"[^"]*(?:"|$)|[^,"])+/g) ?? [];
  return elements.map((element) => {
    const value = /(?:^|;)\s*for=(?:"([^"]*)"|([^;\s]*))/i.exec(reversed(element));
    return value?.slice(1).join('') ?? '';
  });
}

const reversed = (text: string): string => [...text].reverse().join('');

/** The IP address in `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. IPv4-mapped IPv6 becomes IPv4. */
function ipOf(text: string): string | undefined {
  const trimmed = text.trim();
  const host = /^\[([^\]]*)\](?::[0-9]+)?$/.exec(trimmed)?.[1] ?? /^([0-9.]+):[0-9]+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = host.replace(/%.*$/, '').replace(/^::ffff:(?=[0-9.]+$)/i, '');
  return isIP(address) === 0 ? undefined : address;
}
