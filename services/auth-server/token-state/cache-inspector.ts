import type { CredentialHash } from '#common/credentials/hash.ts';
import { freshUntilOf, isState, responseOf, stampIdIn, stampsOf } from '#common/token-state/entry.ts';
import { type StampRef, stampKey, tokenKey } from '#common/token-state/keys.ts';
import { NodeList } from '#common/token-state/node-list.ts';
import { StampSnapshot } from './stamp-snapshot.ts';
import type { TokenStateNodes } from './token-state-nodes.ts';

/** The kind of value at a key of the cache. */
export type EntryKind = 'none' | 'state' | 'lease' | 'fence' | 'stamp';
const KINDS: Readonly<Record<string, EntryKind>> = { S: 'state', L: 'lease', F: 'fence', P: 'stamp' };

/** The cache entry of a token, and the stamps that its state depends on. */
export interface InspectedEntry {
  /** 8 bytes. */
  readonly generation: Buffer;
  readonly entry: EntryKind;
  /** In the order of the request. */
  readonly stamps: readonly EntryKind[];
  readonly state?: {
    /** Whether each stamp is present, not fenced, and the same as when the state was read. */
    readonly isValid: boolean;
    /** The encoded IntrospectResponse. */
    readonly response: Buffer;
    readonly freshUntil: Date;
  };
}

/** Reads the cache for operators and changes nothing in it. */
export class CacheInspector {
  readonly #nodes: TokenStateNodes;
  readonly #activeNodes: () => Promise<readonly string[]>;

  /** `activeNodes` reads the names of the nodes to which tokens belong. */
  constructor(nodes: TokenStateNodes, activeNodes: () => Promise<readonly string[]>) {
    this.#nodes = nodes;
    this.#activeNodes = activeNodes;
  }

  /** Why a node of the cache cannot be used; undefined if all can. */
  get problem(): string | undefined {
    return this.#nodes.problem;
  }

  /** Rejects if Redis cannot be read. */
  async inspect(accessHash: CredentialHash, stamps: readonly StampRef[]): Promise<InspectedEntry> {
    const home = new NodeList(await this.#activeNodes()).homeOf(accessHash) as string;
    const { client, generation } = this.#nodes.connection(home);
    const keys = [tokenKey(accessHash), ...stamps.map(stampKey)].map((key) => generation.key(key));
    const [entry = null, ...values] = await client.mgetBuffer(...keys);
    const ids = values.map((value) => (value === null ? undefined : stampIdIn(value)));
    const current = new StampSnapshot(generation.id, undefined, stamps, ids).encode(stamps);
    return {
      generation: generation.id,
      entry: kindOf(entry),
      stamps: values.map(kindOf),
      ...(entry !== null &&
        isState(entry) && {
          state: {
            isValid: current?.equals(stampsOf(entry)) === true,
            response: responseOf(entry),
            freshUntil: new Date(freshUntilOf(entry)),
          },
        }),
    };
  }
}

/** `none` also for an empty value, which the release of a lease leaves for a moment. */
const kindOf = (value: Buffer | null): EntryKind => KINDS[value?.toString('latin1', 0, 1) ?? ''] ?? 'none';
