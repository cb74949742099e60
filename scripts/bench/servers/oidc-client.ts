/** The one client of the oidc-provider baseline. */
export const OIDC_CLIENT = { id: 'bench', secret: 'bench-secret-0123456789-0123456789-abcdef' } as const;

export const OIDC_AUTHORIZATION = `Basic ${Buffer.from(`${OIDC_CLIENT.id}:${OIDC_CLIENT.secret}`).toString('base64')}`;
