import type { Key } from './keys.ts';

/** Events that are not steps of the protocol. */
export const EVENTS = [
  /** The running primary gets its first replica: its identity changes, no connection closes. */
  'attach',
  /** The primary restarts, empty or with its data: a new identity, every connection closes. */
  'restart',
  /** The other server replaces its data with a copy of the primary's. */
  'copy',
  /** The primary is lost with all its connections; the other server is promoted with its copy. */
  'failOver',
  /** The primary is demoted and the other server promoted; connections to both stay. */
  'switch',
  /** The other server is promoted, and the primary serves until it is demoted. Connections to both stay. */
  'promote',
  /** A key is evicted. */
  'evict',
  /** A key expires; a fence only when none of its changes may still commit. */
  'expire',
  /** The record is evicted. */
  'loseRecord',
  /** A reader loses its connection and reconnects. */
  'disconnect',
  /** Redis is unreachable for a fence; the change commits without it. */
  'unfenced',
  /** A state is stale when it is served. */
  'renew',
  /** Auth-server looks up another token with the same stamps. */
  'otherToken',
] as const;
export type Event = (typeof EVENTS)[number];

/**
 * What a variant of the protocol leaves out or does wrong. The guard is the command after a batch of reads that checks the
 * server and its generation. Each state has a random id.
 */
export type Flaw =
  | 'there is no guard'
  | 'the guard comes before the reads'
  | `the ${'fence' | 'drop' | 'fill' | 'stamps script'} does not check the generation`
  | `the ${'guard' | 'fence' | 'drop'} does not check the identity`
  | `a demoted server accepts the ${'guard' | 'fence' | 'drop'}`
  | 'the record carries no identity'
  | 'a new connection does not end the generation of another primary'
  | 'a process does not wait for others to leave the old primary'
  | 'stamps are read after the lookup and their version is not compared'
  | 'changes keep the version of the stamps'
  | `a ${'fence' | 'drop'} keeps the version of the stamps`
  | 'the version is compared with the one known at the reply, instead of the one before the lookup'
  | 'the version is kept after its connection has closed'
  | 'a fill writes the current stamps'
  | 'the stamps of a state are not compared'
  | 'cached stamps are kept after their connection has closed'
  | 'pushes arrive on a different connection from replies'
  | 'a fill needs no lease'
  | 'the lease is taken after the lookup'
  | 'a request joins a lookup that has been sent'
  | 'the fence comes after the commit'
  | 'there is no fence'
  | 'success comes before the drop'
  | 'a dropped stamp is replaced by a constant'
  | "a fence replaces another change's"
  | "a drop removes another change's fence"
  | 'changes write the new state'
  | 'a renewed state has the id of the one that it replaces'
  | 'the generation of the reply is not compared';

export interface Variant {
  readonly name: string;
  readonly flaw?: Flaw;
  /** Whether the guarantees are expected to hold. */
  readonly holds: boolean;
  /** The guarantees that are checked (docs/caching.md, The model). */
  readonly promises: 'A' | 'A and B';
  /** The key that each change invalidates. */
  readonly changes: readonly Key[];
  /** Introspects that read Redis, of all readers together. */
  readonly introspects: number;
  /** 2 by default. */
  readonly readers?: number;
  /** How often each event may happen. */
  readonly events: Partial<Readonly<Record<Event, number>>>;
}
