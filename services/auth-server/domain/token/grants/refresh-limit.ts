import { AppError } from '#common/errors/app-error.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';

/**
 * The number of refreshes of an install in the minute that began at `windowStartedAt`. Stored with each pair when it is
 * issued, and not updated.
 */
export interface RefreshWindow {
  readonly windowStartedAt: Date;
  readonly windowRefreshes: number;
}

const WINDOW_SECONDS = 60;

/** The window including one more refresh. Throws RATE_LIMITED if it already has `perMinute` refreshes; 0: no limit. */
export function countRefresh(
  { windowStartedAt, windowRefreshes }: RefreshWindow,
  perMinute: number,
  now: Date,
): RefreshWindow {
  const remainingMs = windowStartedAt.getTime() + WINDOW_SECONDS * 1_000 - now.getTime();
  if (remainingMs <= 0) return { windowStartedAt: now, windowRefreshes: 1 };
  if (perMinute > 0 && windowRefreshes >= perMinute) {
    // Another server, whose clock is ahead, may have started the window.
    const retryAfterSeconds = Math.min(Math.ceil(remainingMs / 1_000), WINDOW_SECONDS);
    throw new AppError(ErrorReason.RATE_LIMITED, `more than ${perMinute} refreshes of this install in a minute`, {
      retryAfterSeconds,
    });
  }
  return { windowStartedAt, windowRefreshes: windowRefreshes + 1 };
}
