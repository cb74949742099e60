import { focusManager, notifyManager, QueryClient } from '@tanstack/react-query';
import { detailOf, isOutage, isPropagating } from './errors.ts';

const MAX_READ_RETRIES = 2;
const STALE_TIME_MS = 15_000;
const MAX_RETRY_DELAY_MS = 10_000;

const retryDelay = (failures: number, error: unknown) => {
  const retryAfterMs = (detailOf(error)?.retryAfterSeconds ?? 0) * 1_000;
  return Math.min(retryAfterMs || 500 * 2 ** failures, MAX_RETRY_DELAY_MS);
};

// Notifies in a microtask, not in a timer: the second click of a double click then sees the first one's mutation as pending.
notifyManager.setScheduler(queueMicrotask);

// The default listens only to visibilitychange. Two windows side by side are both visible: only the focus moves.
focusManager.setEventListener((onFocus) => {
  const listener = () => onFocus();
  const events = ['visibilitychange', 'focus'];
  for (const event of events) window.addEventListener(event, listener);
  return () => {
    for (const event of events) window.removeEventListener(event, listener);
  };
});

/**
 * Retries reads up to twice in an outage. Retries a mutation only while its change is committed but not effective everywhere:
 * such a retry is safe, and succeeds once the change is effective everywhere.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_TIME_MS,
      networkMode: 'always',
      retry: (failures, error) => failures < MAX_READ_RETRIES && isOutage(error),
      retryDelay,
    },
    mutations: {
      networkMode: 'always',
      // Responses may contain secrets, so they leave the cache with the view that shows them.
      gcTime: 0,
      retry: (_failures, error) => isPropagating(error),
      retryDelay,
      onSettled: () => queryClient.invalidateQueries(),
    },
  },
});
