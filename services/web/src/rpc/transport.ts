import type { Interceptor, Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';

const baseUrl = window.location.origin;

/** Calls our own origin. The browser adds the session cookie, which is HttpOnly. */
export const transport = createConnectTransport({ baseUrl });

const byOrganization = new Map<string, Transport>();

/** For calls about one organization. A subdomain always gets the same one, because queries are cached by transport. */
export function transportFor(subdomain: string): Transport {
  const addOrganizationHeader: Interceptor = (next) => (request) => {
    request.header.set('X-Organization', subdomain);
    return next(request);
  };
  const found =
    byOrganization.get(subdomain) ?? createConnectTransport({ baseUrl, interceptors: [addOrganizationHeader] });
  byOrganization.set(subdomain, found);
  return found;
}
