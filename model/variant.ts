import type { Key } from './keys.ts';

/** What may happen besides the protocol's own steps. */
export const EVENTS = [
  /** A first Redis replica is attached to the running primary: its identity changes, no connection closes. */
  'attach',
  /** The primary restarts, empty or with what it held: a new identity, every connection closes. */
  'restart',
  /** The other server's content becomes what the primary's is now. Without it the other server has nothing. */
  'copy',
  /** The primary is gone with all its connections; the other server is promoted with what it has copied. */
  'failOver',
  /** The primary is demoted and the other server promoted; connections to both stay. */
  'switch',
  /** A key is evicted. */
  'evict',
  /** A key expires: any, but a fence only when none of its changes may still commit. */
  'expire',
  /** The record is evicted. */
  'loseRecord',
  /** A reader's connection breaks, and it makes a new one. */
  'disconnect',
  /** Redis cannot be reached for a fence; the change commits all the same. */
  'unfenced',
  /** A state is past its freshness when it is answered. */
  'renew',
  /** Auth-server is asked for another token under the same stamps. */
  'otherToken',
] as const;
export type Event = (typeof EVENTS)[number];

/** What a broken variant of the protocol does otherwise. */
export type Flaw =
  | 'there is no guard'
  | 'the guard comes before the reads'
  | `the ${'fence' | 'drop' | 'fill' | 'stamps script'} does not check the generation`
  | `the ${'guard' | 'fence' | 'drop'} does not check the identity`
  | `a demoted server accepts the ${'guard' | 'fence' | 'drop'}`
  | 'the record carries no identity'
  | 'stamps are read after the question'
  | 'changes keep the version of the stamps'
  | `a ${'fence' | 'drop'} keeps the version of the stamps`
  | 'the version that is known by the time of the answer is compared'
  | 'the version outlives its connection'
  | 'a fill writes the stamps that stand by then'
  | 'the stamps of a state are not compared'
  | 'held stamps outlive their connection'
  | 'pushes come on another connection than replies'
  | 'a fill needs no lease'
  | 'the lease is taken after the question'
  | 'a request joins a question that has been sent'
  | 'the fence comes after the commit'
  | 'there is no fence'
  | 'success comes before the drop'
  | 'a dropped stamp is replaced by a fixed one'
  | "a fence replaces another change's"
  | "a drop takes another change's fence"
  | 'changes write the new state'
  | 'a renewed state keeps its id'
  | 'the generation of the reply is not compared';

export interface Variant {
  readonly name: string;
  readonly flaw?: Flaw;
  /** Whether the guarantees are expected to hold. */
  readonly holds: boolean;
  /** Whether B is checked, too. */
  readonly promises: 'A' | 'A and B';
  /** What each change invalidates. */
  readonly changes: readonly Key[];
  /** Introspects that ask Redis, of all readers together. */
  readonly introspects: number;
  /** How often each event may happen. */
  readonly events: Partial<Readonly<Record<Event, number>>>;
}
