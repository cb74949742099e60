import { notifyManager, QueryClient } from '@tanstack/react-query';
import { detailOf, isOutage, isPropagating } from './errors.ts';

const READ_RETRIES = 2;
const FRESH_MS = 15_000;
const MAX_RETRY_MS = 10_000;

const retryDelay = (failures: number, error: unknown) => {
  const askedForMs = (detailOf(error)?.retryAfterSeconds ?? 0) * 1_000;
  return Math.min(askedForMs || 500 * 2 ** failures, MAX_RETRY_MS);
};

// At once and not with the next task: the second click of a double click then finds the work of the first under way.
notifyManager.setScheduler(queueMicrotask);

/**
 * Reads are repeated in an outage. A change is repeated only while it is committed but not yet visible everywhere: that
 * is safe, and its success is the moment from which it holds everywhere.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      networkMode: 'always',
      retry: (failures, error) => failures < READ_RETRIES && isOutage(error),
      retryDelay,
    },
    mutations: {
      networkMode: 'always',
      // Answers may hold secrets: they live as long as the view that shows them.
      gcTime: 0,
      retry: (_failures, error) => isPropagating(error),
      retryDelay,
      onSettled: () => queryClient.invalidateQueries(),
    },
  },
});
