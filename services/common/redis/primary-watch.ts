import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address, SentinelSettings } from './redis-url.ts';
import { findServers, type SentinelOptions } from './sentinels.ts';

const INTERVAL_MS = 1_000;

/**
 * Closes a connection within about a second after Sentinels have replaced its primary. A process so leaves a primary that
 * nobody else reaches, which is why others wait for it (end-generation.ts). While no Sentinel responds, connections stay.
 */
export function closeWhenReplaced(
  socket: Socket,
  primary: Address,
  sentinels: SentinelSettings,
  options: SentinelOptions,
): void {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  void watch();

  async function watch(): Promise<void> {
    while (!closed.signal.aborted) {
      await sleep(INTERVAL_MS, undefined, { ref: false });
      const found = await findServers(sentinels, options).catch(() => undefined);
      if (found === undefined || isSame(found.primary, primary)) continue;
      socket.destroy(new Error(`Sentinels have replaced the primary ${primary.host}:${primary.port}`));
    }
  }
}

const isSame = (one: Address, other: Address): boolean => one.host === other.host && one.port === other.port;
