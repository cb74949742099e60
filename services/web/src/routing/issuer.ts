/** The URL at which apps reach auth-server. It may have a path. auth-server inserts it into console.html. */
export const issuer = (): string => document.querySelector<HTMLMetaElement>('meta[name="issuer"]')?.content ?? '';
