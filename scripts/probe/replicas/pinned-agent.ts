import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';

/** Connects to that address whatever the host of the URL resolves to; `Host` and the name of the certificate stay the URL's. */
export function pinnedAgent(address: string): Agent {
  const family = isIP(address);
  const lookup: LookupFunction = (_host, { all }, callback) =>
    all === true ? callback(null, [{ address, family }]) : callback(null, address, family);
  return new Agent({ connect: { lookup } });
}
