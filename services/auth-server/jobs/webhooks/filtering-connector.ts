import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { hostOf, mayConnectTo, type ReceiverPolicy } from '../../domain/webhook/webhook-url.ts';
import type { ResolveAddresses } from './dns-resolver.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** Why a connection was not even tried. */
export class ForbiddenAddress extends Error {
  constructor(host: string) {
    super(`${host} is not an address of the public internet`);
    this.name = 'ForbiddenAddress';
  }
}

/**
 * Makes connections to addresses that may be connected to, and to nothing else. The address is looked at where the
 * socket is about to use it, so it does not help that a name was harmless when it was registered (DNS rebinding).
 */
export function filteringConnector(policy: ReceiverPolicy, resolve: ResolveAddresses): buildConnector.connector {
  const lookup = filteringLookup(policy, resolve);
  const connect = buildConnector({ lookup, timeout: CONNECT_TIMEOUT_MS, allowH2: false, autoSelectFamily: true });
  return (options, callback) => {
    // A host that is an address is not looked up, so it would pass the lookup by.
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
