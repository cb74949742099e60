/**
 * Several Redis primaries (docs/adr/0020): one token with one stamp, two nodes, a change, an auth-server for lookups, and two
 * readers, which may read on any node. A and B are the guarantees of docs/caching.md#the-model. The other model (model/world.ts)
 * covers a single node. Simplified here: no process has an outdated generation (a command on a node without a generation first
 * creates one), and a read, its guard and, on a miss, the lease are one step.
 */

/** An id or a generation, such as `#7`; empty: none. */
export type Id = '' | `#${number}`;

export type NodeIndex = 0 | 1;
export const NODES: readonly NodeIndex[] = [0, 1];

/** A list of nodes in Postgres. */
export interface NodeList {
  /** The node to which the token belongs. */
  readonly home: NodeIndex;
  /** The nodes on which changes fence and drop. */
  readonly nodesOfChange: readonly NodeIndex[];
  /** The node whose generation must end before this list is stored. */
  readonly ends?: NodeIndex;
}

/** Node 1 is added, and the token moves to it. */
export const ADDITION: readonly NodeList[] = [
  { home: 0, nodesOfChange: [0] },
  { home: 1, nodesOfChange: [0, 1] },
];
/** Node 0, to which the token belongs, is drained and then removed. */
export const REMOVAL: readonly NodeList[] = [
  { home: 0, nodesOfChange: [0, 1] },
  { home: 1, nodesOfChange: [0, 1] },
  { home: 1, nodesOfChange: [1], ends: 0 },
];

/** Node 0 is drained, removed and then added again. */
export const RETURN: readonly NodeList[] = [...REMOVAL, { home: 0, nodesOfChange: [0, 1] }];

/** 1: the response reflects the change. */
type Response = 0 | 1;

export interface Node {
  readonly generation: Id;
  readonly stamp: Id | 'fence';
  readonly entry:
    | { readonly kind: 'none' }
    | { readonly kind: 'lease'; readonly id: Id }
    | { readonly kind: 'state'; readonly stamp: Id; readonly response: Response };
}
export const EMPTY: Omit<Node, 'generation'> = { stamp: '', entry: { kind: 'none' } };

interface Change {
  readonly step: 'idle' | 'listed' | 'committed' | 'succeeded';
  /** The number of the list that the change has read. */
  readonly list: number;
  readonly fenced: readonly NodeIndex[];
  readonly dropped: readonly NodeIndex[];
}

export interface Reader {
  readonly step: 'idle' | 'Postgres next' | 'stamps next' | 'Postgres again' | 'fill next';
  /** The node on which the reader has the lease. */
  readonly node: NodeIndex;
  readonly lease: Id;
  /** The version of the node's stamps that auth-server knew before its first query. */
  readonly version: Id;
  /** The reply: the response and the list of the query, the stamp and the generation of the node. */
  readonly response: Response;
  readonly repliedList: number;
  readonly stamp: Id;
  readonly generation: Id;
}

export interface World {
  /** The lists that an operator stores one after another. */
  readonly lists: readonly NodeList[];
  /** Whether the generation of the node that the next list `ends` has ended. */
  readonly ended: boolean;
  /** The state in Postgres: the number of the list, and whether the change is committed. */
  readonly list: number;
  readonly committed: Response;
  /** Whether the change was committed without all its fences, so that B is not guaranteed. */
  readonly exempt: boolean;
  readonly nodes: readonly [Node, Node];
  /** The stamp that auth-server last read from each node. With only one stamp, its id is also the version of the stamps. */
  readonly known: readonly [Id, Id];
  readonly change: Change;
  readonly readers: readonly [Reader, Reader];
  /** Introspects that may still begin. */
  readonly introspects: number;
  readonly lastId: number;
  readonly violated: 'A' | 'B' | undefined;
}

export const IDLE = {
  step: 'idle',
  node: 0,
  lease: '',
  version: '',
  response: 0,
  repliedList: 0,
  stamp: '',
  generation: '',
} as const satisfies Partial<Reader>;

export function initialWorld(lists: readonly NodeList[], introspects: number): World {
  const reader: Reader = IDLE;
  return {
    lists,
    ended: false,
    list: 0,
    committed: 0,
    exempt: false,
    nodes: [
      { ...EMPTY, generation: '' },
      { ...EMPTY, generation: '' },
    ],
    known: ['', ''],
    change: { step: 'idle', list: 0, fenced: [], dropped: [] },
    readers: [reader, reader],
    introspects,
    lastId: 0,
    violated: undefined,
  };
}

/** Worlds that differ only in their ids have the same key. */
export function keyOf(world: World): string {
  const names = new Map<string, string>();
  const name = (id: string) => {
    const known = names.get(id) ?? `#${names.size}`;
    names.set(id, known);
    return known;
  };
  return JSON.stringify({ ...world, lists: [], lastId: 0 }).replace(/#\d+/g, name);
}
