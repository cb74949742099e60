import * as oauth from 'oauth4webapi';
import { fetch, type RequestInit } from 'undici';
import { type AuthenticatedClient, requestOptions } from '../authenticated-client.ts';
import { pinnedAgent } from './pinned-agent.ts';
import { type Replica, TIMEOUT_MS } from './replica.ts';

/** An introspection endpoint (RFC 7662) at one address of its host. */
export function introspectionReplica(
  url: URL,
  address: string,
  name: string,
  { client, auth }: AuthenticatedClient,
): Replica {
  const agent = pinnedAgent(address);
  const server = { issuer: url.origin, introspection_endpoint: url.href };
  const options = {
    ...requestOptions(url),
    signal: () => AbortSignal.timeout(TIMEOUT_MS),
    [oauth.customFetch]: (href: string, request: object) =>
      fetch(href, { ...request, dispatcher: agent } as RequestInit) as unknown as Promise<Response>,
  };
  return {
    name,
    async isActive(token) {
      const response = await oauth.introspectionRequest(server, client, auth, token, options);
      return (await oauth.processIntrospectionResponse(server, client, response)).active;
    },
    close: () => void agent.close(),
  };
}

/** An API at one address of its host: 401 is a denial, 2xx and 403 are not, anything else is an error. */
export function resourceReplica(url: URL, address: string, name: string): Replica {
  const agent = pinnedAgent(address);
  return {
    name,
    async isActive(token) {
      const headers = { authorization: `Bearer ${token}` };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, { headers, dispatcher: agent, redirect: 'manual', signal });
      await response.body?.cancel();
      if (!response.ok && response.status !== 401 && response.status !== 403)
        throw new Error(`${name} responded with ${response.status}`);
      return response.status !== 401;
    },
    close: () => void agent.close(),
  };
}
