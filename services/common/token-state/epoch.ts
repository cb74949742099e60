import { hash } from 'node:crypto';

const EPOCH_BYTES = 8;

/**
 * The epoch of a Redis server: a hash over its run id and its replication id, from the text of `INFO`. It is part of
 * every key, so a restarted or promoted Redis starts cold, whatever data it has restored. Undefined if they are not there,
 * and for a replica: a token's state is read from the primary and nowhere else.
 */
export function epochOf(info: string): Buffer | undefined {
  const field = (name: string) => info.match(new RegExp(`^${name}:(\\S+)`, 'm'))?.[1];
  const runId = field('run_id');
  const replicationId = field('master_replid');
  if (runId === undefined || replicationId === undefined || field('role') !== 'master') return undefined;
  return hash('sha256', `${runId}:${replicationId}`, 'buffer').subarray(0, EPOCH_BYTES);
}
