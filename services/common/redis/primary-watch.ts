import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { hostPort } from '../process/host-port.ts';
import type { Address, SentinelSettings } from './redis-url.ts';
import { findServers } from './sentinels.ts';

const INTERVAL_MS = 1_000;

/**
 * Closes a connection to a primary after a Sentinel knows that it has been replaced: usually within 1 s, and within 2.6 s if another
 * Sentinel hangs, since each round waits for all. Processes that cannot reach the replaced primary wait longer than that before they
 * use the new one (end-generation.ts). While no Sentinel responds, connections stay open.
 */
export async function closeWhenReplaced(
  socket: Socket,
  primary: Address,
  sentinels: SentinelSettings,
  isTls: boolean,
): Promise<void> {
  while (!socket.destroyed) {
    await sleep(INTERVAL_MS, undefined, { ref: false });
    const found = await findServers(sentinels, isTls).catch(() => undefined);
    if (found === undefined || isDeepStrictEqual(found.primary, primary)) continue;
    socket.destroy(new Error(`Sentinels have replaced the primary ${hostPort(primary.host, primary.port)}`));
  }
}
