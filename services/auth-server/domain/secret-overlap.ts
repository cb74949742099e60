import { invalidFields } from '#common/errors/app-error.ts';

/** Seven days: enough to deploy a new secret, and a limit on how long a leaked one stays valid. */
export const MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60;

/** Throws INVALID_FIELD unless an old secret may stay valid for that long after a rotation. */
export function checkOverlap(overlapSeconds: number): void {
  if (Number.isInteger(overlapSeconds) && overlapSeconds >= 0 && overlapSeconds <= MAX_OVERLAP_SECONDS) return;
  const message = `must be a whole number of seconds from 0 to ${MAX_OVERLAP_SECONDS}`;
  throw invalidFields([{ field: 'overlap_seconds', message }]);
}
