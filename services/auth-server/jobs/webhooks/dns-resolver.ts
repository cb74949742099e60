import { Resolver } from 'node:dns/promises';
import { setTimeout } from 'node:timers/promises';
import type { ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';

const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** How long one address family waits for the other, which some name servers never resolve (RFC 8305 section 3). */
const RESOLUTION_DELAY_MS = 50;
/** A resolver reads /etc/resolv.conf only once, so it is replaced regularly. */
const RESOLVER_AGE_MS = 10_000;
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

/** The addresses of a host name, in the order to try them; rejects if it has none. */
export type ResolveAddresses = (name: string) => Promise<readonly string[]>;

/** The part of a resolver that is used. */
type AddressResolver = Pick<Resolver, 'resolve4' | 'resolve6'>;

export interface DnsOptions {
  /** Default: a resolver for the name servers of this machine. */
  readonly newResolver?: () => AddressResolver;
  /** A monotonic clock in ms, replaced in tests. */
  readonly now?: () => number;
}

/**
 * Queries the name servers directly, with timeouts. getaddrinfo would run in the few threads of libuv, so one name with
 * slow servers could block all lookups and all file access.
 */
export function dnsResolver(policy: ReceiverPolicy, options: DnsOptions = {}): ResolveAddresses {
  const { newResolver = systemResolver, now = () => performance.now() } = options;
  let resolver = newResolver();
  let createdAt = now();
  return async (name) => {
    if (policy.allowLoopback && name === 'localhost') return LOOPBACK_ADDRESSES;
    if (now() - createdAt >= RESOLVER_AGE_MS) {
      resolver = newResolver();
      createdAt = now();
    }
    return bothFamilies(resolver.resolve4(name), resolver.resolve6(name));
  };
}

const systemResolver = (): AddressResolver => new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });

/** Both families if they resolve at about the same time, else the first one. Rejects with the error of IPv4. */
async function bothFamilies(v4: Promise<string[]>, v6: Promise<string[]>): Promise<readonly string[]> {
  const found: string[][] = [[], []];
  const both = [v4, v6].map(async (family, at) => {
    found[at] = await family;
  });
  await Promise.any(both).catch(() => v4);
  await Promise.race([Promise.allSettled(both), setTimeout(RESOLUTION_DELAY_MS)]);
  return found.flat();
}
