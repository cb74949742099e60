/**
 * The state of the model: one token with two stamps, of its app and of an organization; changes of any of them, each by its
 * own auth-server process; one more auth-server process for lookups and sweeps; readers, which are replicas of introspection;
 * two Redis servers, one of them the primary. Each process knows the generation of its connection. There is no clock: any
 * step may be arbitrarily late.
 */
import type { Key, Stamp } from './keys.ts';
import type { Event } from './variant.ts';

/** A set of changes, as bits. */
export type Changes = number;

/**
 * The ids of both stamps, at index `stamp - 1`; 0: missing or fenced. In `cached` of a reader, 0 means not cached, and -1 means
 * missing or fenced when it was read.
 */
export type StampIds = readonly [app: number, organization: number];

export interface State {
  readonly kind: 'state';
  /** The changes that the response reflects. */
  readonly response: Changes;
  readonly stamps: StampIds;
  readonly id: number;
}

export type Value =
  | State
  | { readonly kind: 'lease'; readonly id: number }
  | { readonly kind: 'fence'; readonly changes: Changes }
  | { readonly kind: 'stamp'; readonly id: number };

/** The keys of one generation; the value of each StoredKey. */
export interface KeySpace {
  readonly generation: number;
  readonly values: readonly (Value | undefined)[];
}

export interface Server {
  /** The generation in the record; 0: there is no record. */
  readonly generation: number;
  /** Whether the identity in the record is that of the server. */
  readonly identified: boolean;
  readonly spaces: readonly KeySpace[];
}

/** A process's connection to a server, and the generation that it read there. */
export interface Connection {
  /** The index of the server; -1: the connection is closed. */
  readonly server: number;
  readonly generation: number;
  /** If false, the process sends no commands: the connection is closed, or the generation of another primary has not ended. */
  readonly isUsable: boolean;
}

/** `fence next`: committed before its fence, only in a broken variant. `given up`: crashed or rolled back. */
export const CHANGE_STEPS = ['idle', 'fenced', 'fence next', 'committed', 'dropped', 'given up'] as const;

/** A change, in its own auth-server process. */
export interface Change {
  readonly step: (typeof CHANGE_STEPS)[number];
  readonly key: Key;
  readonly connection: Connection;
  /** The state that the drop writes; only in a broken variant. */
  readonly writes: Changes;
}

/** A message from Redis on a reader's connection. */
type Message =
  | { readonly kind: 'entry'; readonly value: Value | undefined }
  | { readonly kind: 'stamp'; readonly stamp: Stamp; readonly id: number }
  | { readonly kind: 'push'; readonly stamp: Stamp };

/** The step that was done last, or, with `next` or `again`, the one that is next. */
export const READER_STEPS = [
  'idle',
  'guard passed',
  'entry read',
  'reread next',
  'stamps read',
  'lease next',
  'Postgres next',
  'stamps next',
  'Postgres again',
  'fill next',
] as const;
export type ReaderStep = (typeof READER_STEPS)[number];

/** A replica of introspection, and the state of auth-server's lookup for it. */
export interface Reader {
  readonly step: ReaderStep;
  readonly connection: Connection;
  /** Messages on the connection that are not processed yet, in order. */
  readonly inbox: readonly Message[];
  /** Pushes in flight on another connection; only in a broken variant. */
  readonly latePushes: readonly Stamp[];
  readonly cached: StampIds;
  /** The stamps whose next modification Redis pushes. */
  readonly tracked: readonly Stamp[];
  /** The changes that were acknowledged when the Introspect began. */
  readonly acknowledged: Changes;
  /** The changes that were committed when the Introspect began, if guarantee B of docs/caching.md is checked. */
  readonly committed: Changes;
  /** The entry that was read for the Introspect. */
  readonly entry: Value | undefined;
  /** The id of the lease or state that a fill may replace; 0: none. */
  readonly claim: number;
  /** The version of the stamps that auth-server knew before it queried Postgres; 0: none. */
  readonly version: number;
  /** With the next two fields, the reply of auth-server: the stamps, their generation, the response. */
  readonly stamps: StampIds;
  readonly stampsGeneration: number;
  readonly response: Changes;
}

export interface World {
  /** The state in Postgres. */
  readonly committed: Changes;
  /** The changes that have returned success. */
  readonly acknowledged: Changes;
  /** Changes without guarantee B of docs/caching.md: Redis lost their fence before the commit, or was unreachable. */
  readonly exempt: Changes;
  readonly servers: readonly Server[];
  readonly primary: number;
  /** A primary that has been replaced and not been demoted yet; -1: none. */
  readonly previous: number;
  readonly lastId: number;
  readonly lastGeneration: number;
  /** Introspects that may still begin. */
  readonly introspects: number;
  /** How often each event may still happen. */
  readonly left: Readonly<Record<Event, number>>;
  readonly changes: readonly Change[];
  /** The auth-server process for lookups and sweeps. */
  readonly authServer: Connection;
  /** The version that auth-server last read on this connection; 0: none. */
  readonly version: number;
  readonly readers: readonly Reader[];
  /** The guarantee that the last step violated. */
  readonly violated: 'A' | 'B' | undefined;
}

/** A possible next step: its name, and the world after it. */
export type Step = readonly [name: string, after: World];

export function withAt<T>(list: readonly T[], index: number, part: Partial<T>): readonly T[] {
  const copy = list.slice();
  copy[index] = { ...(list[index] as T), ...part };
  return copy;
}

export const withReader = (world: World, index: number, part: Partial<Reader>): World => ({
  ...world,
  readers: withAt(world.readers, index, part),
});

export const withChange = (world: World, index: number, part: Partial<Change>): World => ({
  ...world,
  changes: withAt(world.changes, index, part),
});

/** Counts an event. */
export const withEvent = (world: World, event: Event): World => ({
  ...world,
  left: { ...world.left, [event]: world.left[event] - 1 },
});
