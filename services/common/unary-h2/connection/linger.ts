import type { Duplex } from 'node:stream';

/**
 * How long a duplex stays open after its last write, unless its peer or `onSent` closes it. Closing at once could reset the TCP
 * connection before the peer has read the GOAWAY (RFC 9112 section 9.6 explains it for HTTP/1.1).
 */
const LINGER_MS = 1_000;

/**
 * Writes the last bytes and calls `onSent` when they have been passed on. Destroys the duplex after LINGER_MS, because its peer
 * may neither read them nor close it.
 */
export function endAndLinger(duplex: Duplex, bytes: Buffer, onSent?: () => void): void {
  duplex.end(bytes, onSent);
  const timer = setTimeout(() => duplex.destroy(), LINGER_MS).unref();
  duplex.once('close', () => clearTimeout(timer));
}
