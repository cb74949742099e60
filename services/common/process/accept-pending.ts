import type { Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { handshakesInProgress } from '../tls/handshakes.ts';

/** A server stops nevertheless if clients connect faster than it accepts, a handshake takes longer, or no turn is short. */
const LIMIT_MS = 1_000;
/** Connections that arrive during the last turn of the event loop are reset, so this turn must be short. */
const SHORT_TURN_MS = 1;

/**
 * Accepts the connections that the kernel has established for `server`, and finishes their TLS handshakes, for at most
 * LIMIT_MS. `close()` would reset those that are left, and a proxy does not repeat a POST that it has sent on one. Call
 * `close()` as soon as this resolves. In a worker of node:cluster whose primary accepts for it, it only finishes handshakes.
 */
export async function acceptPending(server: Server): Promise<void> {
  if (!server.listening) return;
  let accepted = 0;
  const count = () => accepted++;
  server.on('connection', count);
  const end = performance.now() + LIMIT_MS;
  // The current turn may be past the phase in which Node accepts.
  await setImmediate();
  let before: number;
  let startedAt: number;
  let isQuiet: boolean;
  do {
    before = accepted;
    startedAt = performance.now();
    // Node accepts one connection in each turn of the event loop if there is one.
    await setImmediate();
    const isShort = performance.now() - startedAt <= SHORT_TURN_MS;
    isQuiet = accepted === before && isShort && handshakesInProgress(server) === 0;
  } while (!isQuiet && startedAt < end);
  server.off('connection', count);
}
