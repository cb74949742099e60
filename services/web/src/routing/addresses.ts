/** The addresses of the console. */
const join = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;

export const addresses = {
  installs: (organization: string) => join('installs', organization),
  install: (organization: string, installId: string) => join('installs', organization, installId),
  apps: (organization: string) => join('apps', organization),
  newApp: (organization: string) => join('apps', organization, 'new'),
  app: (organization: string, clientId: string) => join('apps', organization, clientId),
  appPart: (organization: string, clientId: string, part: string) => join('apps', organization, clientId, part),
};

/** The platform's sign-in, by way of our own server, which knows where it is; it leads back here. */
export const signInAddress = (): string =>
  `/sign-in?return_to=${encodeURIComponent(window.location.pathname + window.location.search)}`;

/** A redirect URI is http(s); anything else is not followed. */
export const isWebAddress = (address: string): boolean => /^https?:$/.test(new URL(address).protocol);

/** Leaves for an address that the server gave. */
export function leaveFor(address: string): void {
  if (!isWebAddress(address)) throw new Error('not an address to go to');
  // The consent page is not kept in the history: going back leads to where the user came from.
  window.location.replace(address);
}
