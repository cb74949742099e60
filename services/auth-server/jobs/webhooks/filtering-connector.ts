import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { hostOf, mayConnectTo, type ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';
import type { ResolveAddresses } from './dns-resolver.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** The address of the receiver is not allowed. */
export class ForbiddenAddress extends Error {
  constructor(host: string) {
    super(`${host} is not an address of the public internet`);
    this.name = 'ForbiddenAddress';
  }
}

/**
 * Connects only to allowed addresses. The address that the socket uses is checked, so a name that resolves to a
 * forbidden address after its registration is rejected (DNS rebinding).
 */
export function filteringConnector(policy: ReceiverPolicy, resolve: ResolveAddresses): buildConnector.connector {
  const lookup = filteringLookup(policy, resolve);
  const connect = buildConnector({ lookup, timeout: CONNECT_TIMEOUT_MS, allowH2: false, autoSelectFamily: true });
  return (options, callback) => {
    // `lookup` is not called for a host that is an IP address.
    const host = hostOf(options);
    if (isIP(host) !== 0 && !mayConnectTo(host, policy)) callback(new ForbiddenAddress(host), null);
    else connect(options, callback);
  };
}

function filteringLookup(policy: ReceiverPolicy, resolve: ResolveAddresses): LookupFunction {
  return (name, options, callback) => {
    resolve(name).then(
      (found) => {
        const allowed = found.filter((address) => mayConnectTo(address, policy));
        const [first] = allowed;
        if (first === undefined) callback(new ForbiddenAddress(name), '', 0);
        else if (options.all) callback(null, allowed.map(toLookupAddress));
        else callback(null, first, isIP(first));
      },
      (error) => callback(error, '', 0),
    );
  };
}

const toLookupAddress = (address: string) => ({ address, family: isIP(address) });
