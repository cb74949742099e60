import { type Exploration, exploreFrom } from '../explore.ts';
import { type Flaw, stepsOf } from './steps.ts';
import { ADDITION, initialWorld, keyOf, type NodeList, REMOVAL, RETURN } from './world.ts';

export interface NodesVariant {
  readonly name: string;
  readonly introspects: number;
  readonly lists: readonly NodeList[];
  readonly flaw?: Flaw;
  /** Whether the guarantees are expected to hold. */
  readonly holds: boolean;
}

const holds = (name: string, lists: readonly NodeList[], introspects: number): NodesVariant => ({
  name: `several primaries, ${name}`,
  introspects,
  lists,
  holds: true,
});
const breaks = (flaw: Flaw, lists: readonly NodeList[]): NodesVariant => ({
  name: `several primaries, broken: ${flaw}`,
  introspects: 3,
  lists,
  flaw,
  holds: false,
});

/** The design for several primaries, while an operator changes their list. */
export const nodesProtocol = (size: 'small' | 'large'): readonly NodesVariant[] => {
  const small = [
    holds('one is added', ADDITION, size === 'small' ? 2 : 3),
    holds('one is drained and removed', REMOVAL, 2),
  ];
  if (size === 'small') return small;
  return [
    ...small,
    holds('one is drained, removed and added again', RETURN, 2),
    // Harmless, because the lease of a lookup ends with the generation of its node.
    {
      ...holds('harmless for A and B: the list of the first query is compared', REMOVAL, 2),
      flaw: 'the list of the first query is compared',
    },
  ];
};

/** Simplifications of the design that violate a guarantee. */
export const NODES_BROKEN: readonly NodesVariant[] = [
  breaks('a change does not lock the list', ADDITION),
  breaks('a change drops only on the node of the token', ADDITION),
  breaks('a change succeeds after its first drop', ADDITION),
  breaks('the list of a reply is not compared', REMOVAL),
  breaks('a node that is drained is filled', REMOVAL),
  breaks('a removed node keeps its generation', REMOVAL),
  breaks('a node is removed without being drained', REMOVAL),
];

export const exploreNodes = ({ lists, introspects, flaw }: NodesVariant): Exploration =>
  exploreFrom(initialWorld(lists, introspects), (world) => stepsOf(world, flaw), keyOf);
