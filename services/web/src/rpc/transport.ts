import type { Interceptor, Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';

const baseUrl = window.location.origin;

/** Our own origin; the browser adds the session cookie, which no script can read. */
export const transport = createConnectTransport({ baseUrl });

const byOrganization = new Map<string, Transport>();

/** For calls about one organization. The same one each time, since queries are cached by their transport. */
export function transportFor(subdomain: string): Transport {
  const nameOrganization: Interceptor = (next) => (request) => {
    request.header.set('X-Organization', subdomain);
    return next(request);
  };
  const found = byOrganization.get(subdomain) ?? createConnectTransport({ baseUrl, interceptors: [nameOrganization] });
  byOrganization.set(subdomain, found);
  return found;
}
