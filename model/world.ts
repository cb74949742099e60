/**
 * The world of the model: one token under two stamps, its app's and an organization's; changes at any level, each made
 * by its own auth-server process; one more auth-server process, which answers questions and sweeps; readers, which are
 * replicas of introspection; two Redis servers, one of them the primary. Each process remembers the generation that it
 * has learnt on its connection. There is no clock: any step may be arbitrarily late.
 */
import type { Key, Stamp } from './keys.ts';
import type { Event } from './variant.ts';

/** A set of changes, as bits. */
export type Changes = number;

/** The ids of both stamps; 0: none stands, or not known. */
export type StampIds = readonly [app: number, organization: number];

export interface State {
  readonly kind: 'state';
  /** The changes that the answer takes into account. */
  readonly answer: Changes;
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
  /** The identity in the record is this server's present one. */
  readonly identified: boolean;
  readonly spaces: readonly KeySpace[];
}

/** A process's connection to a server, and the generation that it has learnt there. */
export interface Connection {
  readonly server: number;
  readonly generation: number;
}

export const CHANGE_STEPS = ['idle', 'fenced', 'not fenced', 'committed', 'dropped', 'given up'] as const;

/** A change, in an auth-server process of its own. */
export interface Change {
  readonly step: (typeof CHANGE_STEPS)[number];
  readonly key: Key;
  readonly connection: Connection;
  /** The state that it writes when it drops; only in a broken variant. */
  readonly writes: Changes;
}

/** What Redis has sent on a reader's connection. */
type Message =
  | { readonly kind: 'entry'; readonly value: Value | undefined }
  | { readonly kind: 'stamp'; readonly stamp: Stamp; readonly id: number }
  | { readonly kind: 'push'; readonly stamp: Stamp };

/** Each value names what has been done, or what comes next. */
export const READER_STEPS = [
  'idle',
  'guard passed',
  'entry read',
  'stamps wanted',
  'guard passed again',
  'stamps read',
  'lease next',
  'Postgres next',
  'stamps next',
  'Postgres again',
  'fill next',
] as const;
export type ReaderStep = (typeof READER_STEPS)[number];

/** A replica of introspection, and what auth-server knows while it answers this reader's question. */
export interface Reader {
  readonly step: ReaderStep;
  readonly connection: Connection;
  /** What has been sent on the connection and not yet been taken from it, in order. */
  readonly inbox: readonly Message[];
  /** Pushes on their way on another connection; only in a broken variant. */
  readonly latePushes: readonly Stamp[];
  readonly held: StampIds;
  /** The stamps whose next modification Redis pushes. */
  readonly tracked: readonly Stamp[];
  /** When the Introspect began: what had been acknowledged, and (where B is promised) what had been committed. */
  readonly acknowledged: Changes;
  readonly committed: Changes;
  /** The entry that was read for it. */
  readonly entry: Value | undefined;
  /** The id of the lease or state that a fill may replace; 0: none. */
  readonly claim: number;
  /** The version of the stamps that auth-server knew when it asked Postgres; 0: none. */
  readonly version: number;
  /** The reply: the stamps, the generation that they were read in, the answer. */
  readonly stamps: StampIds;
  readonly stampsGeneration: number;
  readonly answer: Changes;
}

export interface World {
  /** What Postgres says. */
  readonly committed: Changes;
  /** The changes that have returned success. */
  readonly acknowledged: Changes;
  /** Changes that B is not promised for: Redis lost their fence before they were committed, or could not be asked. */
  readonly exempt: Changes;
  readonly servers: readonly Server[];
  readonly primary: number;
  readonly lastId: number;
  readonly lastGeneration: number;
  /** Introspects that may still begin; how often each event may still happen. */
  readonly introspects: number;
  readonly left: Readonly<Record<Event, number>>;
  readonly changes: readonly Change[];
  /** The auth-server process that answers questions and sweeps. */
  readonly authServer: Connection;
  /** The version that it has read last on this connection; 0: none. */
  readonly version: number;
  readonly readers: readonly Reader[];
  /** The guarantee that the last step has broken. */
  readonly violated: 'A' | 'B' | undefined;
}

/** A step that may happen next: what it is called, and the world after it. */
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

/** One of the events has happened. */
export const withEvent = (world: World, event: Event): World => ({
  ...world,
  left: { ...world.left, [event]: world.left[event] - 1 },
});
