import {
  EMPTY,
  IDLE,
  type Id,
  NODES,
  type Node,
  type NodeIndex,
  type NodeList,
  type Reader,
  type World,
} from './world.ts';

export type Flaw =
  | 'a change does not lock the list'
  | 'a change drops only on the node of the token'
  | 'a change succeeds after its first drop'
  | 'the list of a reply is not compared'
  | 'a node that is drained is filled'
  | 'the list of the first query is compared'
  | 'a removed node keeps its generation'
  | 'a node is removed without being drained';

const READERS = [0, 1] as const;
type ReaderIndex = (typeof READERS)[number];

type Step = readonly [name: string, after: World];

export function* stepsOf(world: World, flaw: Flaw | undefined): Generator<Step> {
  yield* stepsOfList(world, flaw);
  yield* stepsOfChange(world, flaw);
  for (const index of READERS) yield* stepsOfReader(world, index, flaw);
}

/**
 * An operator stores the next list, after ending the generation of a node that the list removes. Neither happens between a
 * change's read of the list and its commit.
 */
function* stepsOfList(world: World, flaw: Flaw | undefined): Generator<Step> {
  const next = world.list + (flaw === 'a node is removed without being drained' ? 2 : 1);
  const list = world.lists[next];
  const isLocked = world.change.step === 'listed' && flaw !== 'a change does not lock the list';
  if (list === undefined || isLocked) return;
  if (list.ends === undefined || world.ended || flaw === 'a removed node keeps its generation')
    yield [`the list becomes ${next}`, { ...world, list: next }];
  else
    yield [
      `the generation of node ${list.ends} is ended`,
      { ...withNode(world, list.ends, { ...EMPTY, generation: '' }), ended: true },
    ];
}

function* stepsOfChange(world: World, flaw: Flaw | undefined): Generator<Step> {
  const { change } = world;
  const to = (part: Partial<World['change']>, rest = world): World => ({ ...rest, change: { ...change, ...part } });
  const committed = (exempt: boolean) => to({ step: 'committed' }, { ...world, committed: 1, exempt });
  const nodes = (world.lists[change.list] as NodeList).nodesOfChange;
  switch (change.step) {
    case 'idle':
      yield ['the change reads the list', to({ step: 'listed', list: world.list })];
      return;
    case 'listed':
      for (const node of nodes.filter((each) => !change.fenced.includes(each)))
        yield [
          `the change fences node ${node}`,
          to({ fenced: [...change.fenced, node].sort() }, withNode(learned(world, node), node, { stamp: 'fence' })),
        ];
      if (change.fenced.length === nodes.length) yield ['the change commits', committed(false)];
      else yield ['the change cannot fence all nodes and commits', committed(true)];
      return;
    case 'committed': {
      const { home } = world.lists[change.list] as NodeList;
      const toDrop = flaw === 'a change drops only on the node of the token' ? [home] : nodes;
      for (const node of toDrop.filter((each) => !change.dropped.includes(each))) {
        const dropped = [...change.dropped, node].sort();
        const isDone = dropped.length === toDrop.length || flaw === 'a change succeeds after its first drop';
        const after = withNode(learned(world, node), node, { stamp: '' });
        yield [`the change drops on node ${node}`, to({ dropped, step: isDone ? 'succeeded' : 'committed' }, after)];
      }
      // A sweep after a crash drops on the nodes of the current list.
      const swept = (world.lists[world.list] as NodeList).nodesOfChange.reduce(
        (before, node) => withNode(learned(before, node), node, { stamp: '' }),
        world,
      );
      yield ['a sweep drops on all nodes', to({ step: 'succeeded' }, swept)];
    }
  }
}

function* stepsOfReader(world: World, index: ReaderIndex, flaw: Flaw | undefined): Generator<Step> {
  const reader = world.readers[index];
  const who = `reader ${index}`;
  const to = (part: Partial<Reader>, rest = world) => withReader(rest, index, part);
  const { node } = reader;
  switch (reader.step) {
    case 'idle':
      // Two idle readers are interchangeable.
      if (world.introspects === 0 || (index === 1 && world.readers[0].step === 'idle')) return;
      for (const at of NODES) yield* introspect({ ...world, introspects: world.introspects - 1 }, index, at);
      return;
    case 'Postgres next':
      yield [
        `auth-server queries Postgres for ${who}`,
        to({ step: 'stamps next', version: world.known[node], ...query(world) }),
      ];
      return;
    case 'stamps next': {
      const before = withStamp(learned(world, node), node);
      const { stamp, generation } = before.nodes[node];
      if (stamp === 'fence') {
        yield [`auth-server finds a fence on node ${node} for ${who}`, to(IDLE, before)];
        return;
      }
      const known = world.known.map((each, at) => (at === node ? stamp : each)) as [Id, Id];
      const step = reader.version === stamp ? 'fill next' : 'Postgres again';
      yield [
        `auth-server reads the stamp on node ${node} for ${who}`,
        to({ step, stamp, generation }, { ...before, known }),
      ];
      return;
    }
    case 'Postgres again': {
      const { response, repliedList } = query(world);
      const part = flaw === 'the list of the first query is compared' ? { response } : { response, repliedList };
      yield [`auth-server queries Postgres again for ${who}`, to({ step: 'fill next', ...part })];
      return;
    }
    case 'fill next':
      yield* fill(world, index, flaw);
  }
}

const query = (world: World) => ({ response: world.committed, repliedList: world.list });

/**
 * One step for the read, its guard and, on a miss, the lease. It may use any node, because a reader may have any list in its
 * configuration. The Introspect begins with this step, so a hit also ends in it.
 */
function* introspect(world: World, index: ReaderIndex, node: NodeIndex): Generator<Step> {
  const after = learned(world, node);
  const { entry, stamp } = after.nodes[node];
  if (entry.kind === 'state' && entry.stamp === stamp) {
    const violatesA = world.change.step === 'succeeded' && entry.response === 0 ? 'A' : undefined;
    const violatesB = world.committed === 1 && !world.exempt && entry.response === 0 ? 'B' : undefined;
    yield [`reader ${index} responds from node ${node}`, { ...after, violated: violatesA ?? violatesB }];
    return;
  }
  const id: Id = `#${after.lastId + 1}`;
  const leased = withNode({ ...after, lastId: after.lastId + 1 }, node, { entry: { kind: 'lease', id } });
  yield [
    `reader ${index} takes the lease on node ${node}`,
    withReader(leased, index, { step: 'Postgres next', node, lease: id }),
  ];
}

function* fill(world: World, index: ReaderIndex, flaw: Flaw | undefined): Generator<Step> {
  const { node, lease, stamp, generation, response, repliedList } = world.readers[index];
  const done = withReader(world, index, IDLE);
  const { entry, generation: now } = world.nodes[node];
  const isClaimed = entry.kind === 'lease' && entry.id === lease && now === generation;
  const replied = world.lists[repliedList] as NodeList;
  const belongs =
    flaw === 'the list of a reply is not compared' ||
    (flaw === 'a node that is drained is filled' ? replied.nodesOfChange.includes(node) : replied.home === node);
  if (isClaimed && belongs)
    yield [`reader ${index} fills node ${node}`, withNode(done, node, { entry: { kind: 'state', stamp, response } })];
  else yield [`reader ${index} does not fill`, done];
}

function withNode(world: World, index: NodeIndex, part: Partial<Node>): World {
  const nodes = world.nodes.map((node, at) => (at === index ? { ...node, ...part } : node)) as [Node, Node];
  return { ...world, nodes };
}

function withReader(world: World, index: ReaderIndex, part: Partial<Reader>): World {
  const readers = world.readers.map((reader, at) => (at === index ? { ...reader, ...part } : reader)) as [
    Reader,
    Reader,
  ];
  return { ...world, readers };
}

/** A process that connects to a node without a generation creates one. */
function learned(world: World, index: NodeIndex): World {
  if (world.nodes[index].generation !== '') return world;
  return withNode({ ...world, lastId: world.lastId + 1 }, index, { generation: `#${world.lastId + 1}` });
}

/** The stamps script creates a missing stamp. */
function withStamp(world: World, index: NodeIndex): World {
  if (world.nodes[index].stamp !== '') return world;
  return withNode({ ...world, lastId: world.lastId + 1 }, index, { stamp: `#${world.lastId + 1}` });
}
