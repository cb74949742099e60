import { Resolver } from 'node:dns/promises';
import { setTimeout } from 'node:timers/promises';
import type { ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';

const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** For how long the addresses of one family wait for the other's, which some name servers never answer (RFC 8305 section 3). */
const RESOLUTION_DELAY_MS = 50;
/** A resolver reads /etc/resolv.conf once, so it is replaced now and then. */
const RESOLVER_AGE_MS = 10_000;
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

/** The addresses of a host name, in the order to try them; rejects if it has none. */
export type ResolveAddresses = (name: string) => Promise<readonly string[]>;

/** What is needed of a resolver. */
type AddressResolver = Pick<Resolver, 'resolve4' | 'resolve6'>;

export interface DnsOptions {
  /** In place of one for the name servers of this machine, for tests. */
  readonly newResolver?: () => AddressResolver;
  /** Monotonic, in ms; tests own it. */
  readonly now?: () => number;
}

/**
 * Asks the name servers itself, with bounds. The system's resolver would do so in the few threads that file access and
 * others share: one name whose servers are slow would stop them all.
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

/** Both if they come about together, otherwise those that come first. Rejects as IPv4 does if there is neither. */
async function bothFamilies(v4: Promise<string[]>, v6: Promise<string[]>): Promise<readonly string[]> {
  const found: string[][] = [[], []];
  const both = [v4, v6].map(async (family, at) => {
    found[at] = await family;
  });
  await Promise.any(both).catch(() => v4);
  await Promise.race([Promise.allSettled(both), setTimeout(RESOLUTION_DELAY_MS)]);
  return found.flat();
}
