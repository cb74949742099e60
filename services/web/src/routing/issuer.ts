/** The URL of auth-server for apps, which may have a path. auth-server inserts it into console.html. */
export const issuer = (): string => document.querySelector<HTMLMetaElement>('meta[name="issuer"]')?.content ?? '';
