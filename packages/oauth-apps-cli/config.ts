/** An environment variable; undefined if it is empty. */
export const setting = (name: string): string | undefined => process.env[name] || undefined;
