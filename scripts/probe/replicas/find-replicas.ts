import { lookup } from 'node:dns/promises';
import type { Replica } from './replica.ts';

/** Builds the replica at one address of a URL. */
export type ReplicaAt = (url: URL, address: string, name: string) => Replica;

/** The replicas at all addresses that the hosts of the URLs resolve to. */
export async function findReplicas(urls: readonly URL[], replicaAt: ReplicaAt): Promise<Replica[]> {
  const replicas = await Promise.all(
    urls.map(async (url) => {
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      const addresses = await lookup(host, { all: true });
      return addresses.map(({ address }) =>
        replicaAt(url, address, address === host ? url.host : `${url.host} (${address})`),
      );
    }),
  );
  return replicas.flat();
}
