/** Whether a token has expired. Times in ms since 1970; 0 for an inactive token, which does not expire. */
export const hasExpired = (expiresAt: number, now: number): boolean => expiresAt !== 0 && expiresAt <= now;
