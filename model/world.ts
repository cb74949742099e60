/**
 * The world of the model: one token; changes of what it may do, each made by a process of its own, in any order, with
 * nothing that keeps them apart; replicas that answer Introspects. No clock appears anywhere: a step may be arbitrarily
 * late. What Postgres says is the number of changes that have been committed.
 */

/** What the cache holds for the token. */
export type Entry =
  | { readonly kind: 'state'; readonly version: number; readonly id: number }
  | { readonly kind: 'lease'; readonly id: number }
  /** The changes under way, as bits. */
  | { readonly kind: 'fence'; readonly changes: number };

/** A change's steps; each value names what has been done. */
export const CHANGE_STEPS = ['idle', 'begun', 'fenced', 'committed', 'dropped', 'acknowledged', 'rolled back'] as const;
export type ChangeStep = (typeof CHANGE_STEPS)[number];

export interface Change {
  readonly step: ChangeStep;
  /** Which commit it was; 0 before. */
  readonly version: number;
  /** Its process has died. Its committed work has pending rows, which a sweep finds. */
  readonly dead: boolean;
  /** Its drop is still owed (a pending_drops row). */
  readonly owed: boolean;
}

export type ReaderStep = 'idle' | 'asking the cache' | 'asking Postgres' | 'refreshing' | 'filling';

export interface Reader {
  readonly step: ReaderStep;
  /** Introspects that have been answered. */
  readonly answered: number;
  /** What was read; 0 is also the initial state. */
  readonly version: number;
  /** The Redis server that was asked, and the id of the claim on its entry; 0 for none. */
  readonly epoch: number;
  readonly claim: number;
  /** When this Introspect began: the newest acknowledged change, the newest version that had been answered. */
  readonly acknowledged: number;
  readonly seen: number;
}

export interface World {
  readonly commits: number;
  readonly epoch: number;
  readonly entry: Entry | undefined;
  readonly lastId: number;
  readonly acknowledged: number;
  readonly seen: number;
  readonly losses: number;
  readonly changes: readonly Change[];
  readonly readers: readonly Reader[];
  /** The guarantee that the last step has broken. */
  readonly violated: 'A' | 'B' | undefined;
}

/** What may happen besides the protocol, and what is wrong with the protocol. */
export interface Variant {
  readonly name: string;
  /** Which guarantees are promised here. */
  readonly promises: 'A' | 'A and B';
  readonly holds: boolean;
  /** Entries vanish at any moment; Redis is replaced by an empty one; processes die. */
  readonly evictions?: true;
  readonly failover?: true;
  readonly crashes?: true;
  /** Redis cannot be reached for the fence; the change commits all the same. */
  readonly unfenced?: true;
  readonly acknowledgesBeforeDrop?: true;
  readonly fenceReplacesOthers?: true;
  readonly dropTakesOtherFences?: true;
  readonly fillsWithoutLease?: true;
  readonly writesNewState?: true;
  readonly joinsReadUnderWay?: true;
  readonly fillsAnyEpoch?: true;
}

const IDLE_CHANGE: Change = { step: 'idle', version: 0, dead: false, owed: false };
export const IDLE_READER = { step: 'idle', version: 0, epoch: 0, claim: 0, acknowledged: 0, seen: 0 } as const;

export function firstWorld(changes: number, readers: number): World {
  return {
    commits: 0,
    epoch: 0,
    entry: undefined,
    lastId: 0,
    acknowledged: 0,
    seen: 0,
    losses: 0,
    changes: Array.from({ length: changes }, () => IDLE_CHANGE),
    readers: Array.from({ length: readers }, () => ({ ...IDLE_READER, answered: 0 })),
    violated: undefined,
  };
}

export function withChange(world: World, index: number, change: Partial<Change>): World {
  return { ...world, changes: world.changes.map((each, at) => (at === index ? { ...each, ...change } : each)) };
}

export function withReader(world: World, index: number, reader: Partial<Reader>): World {
  return { ...world, readers: world.readers.map((each, at) => (at === index ? { ...each, ...reader } : each)) };
}

/** Two worlds with the same key have the same future: ids count only by which of them are the same. */
export function keyOf(world: World): string {
  const names = new Map<number, number>([[0, 0]]);
  const name = (id: number) => {
    if (!names.has(id)) names.set(id, names.size);
    return names.get(id);
  };
  const { entry } = world;
  let key = `${world.commits},${world.epoch},${world.acknowledged},${world.seen},${world.losses},${world.violated ?? ''}|`;
  if (entry?.kind === 'state') key += `s${entry.version},${name(entry.id)}`;
  else if (entry?.kind === 'lease') key += `l${name(entry.id)}`;
  else if (entry) key += `f${entry.changes}`;
  for (const { step, version, dead, owed } of world.changes) {
    key += `|${CHANGE_STEPS.indexOf(step)},${version},${dead ? 1 : 0},${owed ? 1 : 0}`;
  }
  // Replicas are alike: an order of them that differs only by names is the same world.
  return (
    key +
    world.readers
      .map(
        (reader) =>
          `|${reader.step[0]}${reader.step[7] ?? ''},${reader.answered},${reader.version},${reader.epoch},${name(reader.claim)},${reader.acknowledged},${reader.seen}`,
      )
      .join('')
  );
}
