import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { messageOf } from '../errors/error-message.ts';
import { withClient } from './one-shot-client.ts';
import type { Address, SentinelSettings } from './redis-url.ts';

/** A primary and the other servers that Sentinels list for it. */
export interface KnownServers {
  readonly primary: Address;
  /** Replicas, and during a failover the previous primary. */
  readonly others: readonly Address[];
}

interface SentinelReply extends KnownServers {
  readonly epoch: number;
}

/**
 * The timeout of a Sentinel's reply, with connecting. Not the timeout of Redis commands, which may be too short for a TLS handshake.
 * A process may leave a replaced primary only after two such timeouts and a pause of 1 s (primary-watch.ts), which must be less
 * than the wait in end-generation.ts.
 */
const TIMEOUT_MS = 800;

/**
 * Asks all Sentinels and returns the servers of the newest configuration (the highest configuration epoch), which is also the
 * one that Sentinels adopt. Rejects if none knows the primary.
 */
export async function findServers(settings: SentinelSettings, isTls: boolean): Promise<KnownServers> {
  const { addresses, credentials, primaryName } = settings;
  const results = await Promise.allSettled(
    addresses.map((address) =>
      withClient({ address, credentials, isTls, timeoutMs: TIMEOUT_MS }, (client) => askSentinel(client, primaryName)),
    ),
  );
  const replies = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [newest] = replies.sort((one, other) => other.epoch - one.epoch);
  if (newest !== undefined) return newest;
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [messageOf(result.reason)] : []));
  throw new Error(`no Sentinel knows the primary ${primaryName}: ${[...new Set(reasons)].join('; ')}`);
}

async function askSentinel(client: Redis, name: string): Promise<SentinelReply> {
  // The address last: if a failover ends between these replies, it is newer than the epoch, never older.
  // During a failover it is already that of the new primary, while SENTINEL MASTER describes the previous one.
  const [described, listed, [host, port]] = await Promise.all([
    client.call('SENTINEL', 'MASTER', name) as Promise<string[]>,
    client.call('SENTINEL', 'REPLICAS', name) as Promise<string[][]>,
    client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name) as Promise<[string, string]>,
  ]);
  const master = fields(described);
  const replicas = listed.map(fields);
  const primary = { host, port: Number(port) };
  const servers = [master, ...replicas].map((each) => ({ host: each.get('ip') ?? '', port: Number(each.get('port')) }));
  const others = servers.filter((server) => !isDeepStrictEqual(server, primary));
  return { primary, others, epoch: Number(master.get('config-epoch')) };
}

/** The entries of a flat list of names and values. */
function fields(list: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  for (let at = 0; at < list.length; at += 2) map.set(list[at] as string, list[at + 1] as string);
  return map;
}
