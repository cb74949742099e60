/** Whether a token has expired. Times in ms since 1970; 0 means that it does not expire. */
export const hasExpired = (expiresAt: number, now: number): boolean => expiresAt !== 0 && expiresAt <= now;
