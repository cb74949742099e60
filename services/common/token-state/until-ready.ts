import { unavailable } from '../errors/app-error.ts';

const POLL_INTERVAL_MS = 5;

/** Resolves when `isReady` says so; rejects with UNAVAILABLE after `timeoutMs`. */
export async function untilReady(isReady: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isReady()) {
    if (performance.now() > deadline) throw unavailable(`Redis did not answer within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
