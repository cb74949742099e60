import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';

/** Connects to `address` instead of resolving the host of the URL, which stays in `Host` and is compared with the certificate. */
export function pinnedAgent(address: string): Agent {
  const family = isIP(address);
  const lookup: LookupFunction = (_host, { all }, callback) =>
    all === true ? callback(null, [{ address, family }]) : callback(null, address, family);
  return new Agent({ connect: { lookup } });
}
