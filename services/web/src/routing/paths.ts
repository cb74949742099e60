const join = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;

/** The paths of the console. */
export const paths = {
  installs: (organization: string) => join('installs', organization),
  install: (organization: string, installId: string) => join('installs', organization, installId),
  installPolicy: (organization: string) => join('installs', organization, 'policy'),
  installRequests: (organization: string) => join('installs', organization, 'requests'),
  ownInstalls: '/me',
  apps: (organization: string) => join('apps', organization),
  newApp: (organization: string) => join('apps', organization, 'new'),
  app: (organization: string, clientId: string) => join('apps', organization, clientId),
  appSection: (organization: string, clientId: string, section: string) =>
    join('apps', organization, clientId, section),
};

/** The path that redirects to the platform's sign-in page, if one is configured; the sign-in then returns to this page. */
export const signInPath = (): string =>
  `/sign-in?return_to=${encodeURIComponent(window.location.pathname + window.location.search)}`;

/** Whether the URL is http(s), as redirect URIs are. Other schemes, such as `javascript:`, are never followed. */
export const isHttpUrl = (url: string): boolean => /^https?:$/.test(new URL(url).protocol);

/** Leaves the pages for a URL from the server. Throws if it is not http(s). */
export function leaveTo(url: string): void {
  if (!isHttpUrl(url)) throw new Error('the redirect URL is not http(s)');
  // replace() leaves no history entry for the consent page, so that "back" returns to the app.
  window.location.replace(url);
}
