import { randomBytes } from 'node:crypto';
import type { TokenInspection } from './domain/token/token-inspection.ts';

const HASH_BYTES = 32;

/**
 * Looks up unknown tokens at the same time on every connection of the pool, so that all are open when the ports are opened. A
 * replica sends look-ups as soon as it can connect; without this, the first would take four times as long as later ones,
 * and on a busy machine longer than the gateway waits. A look-up that fails is ignored: the readiness probe reports the cause.
 */
export async function warmUpLookUps(
  inspection: Pick<TokenInspection, 'cacheableStatesOf'>,
  connections: number,
): Promise<void> {
  const lookUp = () => inspection.cacheableStatesOf([randomBytes(HASH_BYTES)], '');
  await Promise.allSettled(Array.from({ length: connections }, lookUp));
}
