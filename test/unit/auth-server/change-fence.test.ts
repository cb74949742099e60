import { expect, test, vi } from 'vitest';
import { ChangeFence } from '../../../services/auth-server/store/authority/change-fence.ts';
import { type CacheKey, stampKey } from '../../../services/common/token-state/keys.ts';

const CHANGE = Buffer.from('change');
const [FIRST, SECOND] = [1, 2].map((id) => stampKey({ kind: 'app', id })) as [CacheKey, CacheKey];

/** Counts the fences of each key on each node. The server knows the nodes a and b; a change may affect a node c too. */
class Cache {
  readonly names = ['a', 'b'];
  readonly fences = new Map<string, number>();
  readonly unreachable = new Set<string>();

  async fence(changeId: Buffer, keys: readonly CacheKey[], nodes: readonly string[]): Promise<void> {
    expect(changeId).toBe(CHANGE);
    await this.#each(keys, nodes, (fences) => fences + 1);
  }

  async drop(changeId: Buffer, keys: readonly CacheKey[], nodes: readonly string[]): Promise<void> {
    expect(changeId).toBe(CHANGE);
    await this.#each(keys, nodes, () => 0);
  }

  fencesOf(key: CacheKey): number[] {
    return ['a', 'b', 'c'].map((node) => this.fences.get(`${node} ${key.toString('hex')}`) ?? 0);
  }

  async #each(keys: readonly CacheKey[], nodes: readonly string[], next: (fences: number) => number): Promise<void> {
    for (const node of nodes) {
      if (this.unreachable.has(node)) throw new Error(`${node} is unreachable`);
      for (const key of keys) {
        const name = `${node} ${key.toString('hex')}`;
        this.fences.set(name, next(this.fences.get(name) ?? 0));
      }
    }
  }
}

test('expected keys are fenced once, before complete(), on all nodes that the server knows', async () => {
  const cache = new Cache();
  const fence = new ChangeFence(cache, CHANGE, [FIRST, SECOND]);
  expect([FIRST, SECOND].map((key) => cache.fencesOf(key))).toEqual([
    [1, 1, 0],
    [1, 1, 0],
  ]);
  await fence.complete([SECOND, FIRST], ['a', 'b']);
  expect([FIRST, SECOND].map((key) => cache.fencesOf(key))).toEqual([
    [1, 1, 0],
    [1, 1, 0],
  ]);
});

test('unexpected keys and nodes are fenced before complete() resolves', async () => {
  const cache = new Cache();
  const fence = new ChangeFence(cache, CHANGE, [FIRST]);
  await fence.complete([FIRST, SECOND], ['a', 'c']);
  expect(cache.fencesOf(FIRST)).toEqual([1, 1, 1]);
  expect(cache.fencesOf(SECOND)).toEqual([1, 0, 1]);
});

test('a key that the change does not affect keeps no fence', async () => {
  const cache = new Cache();
  await new ChangeFence(cache, CHANGE, [FIRST]).complete([SECOND], ['a', 'b']);
  expect(cache.fencesOf(FIRST)).toEqual([0, 0, 0]);
  expect(cache.fencesOf(SECOND)).toEqual([1, 1, 0]);
  await new ChangeFence(cache, CHANGE, [FIRST]).complete([], ['a', 'b']);
  expect(cache.fencesOf(FIRST)).toEqual([0, 0, 0]);
});

test('complete() fails only for a node on which the keys must be fenced', async () => {
  const cache = new Cache();
  cache.unreachable.add('b');
  const fence = new ChangeFence(cache, CHANGE, [FIRST]);
  await fence.complete([FIRST], ['a']);
  await expect(fence.complete([FIRST], ['a', 'b'])).rejects.toThrow('b is unreachable');
});

test('a change that is not committed leaves no fence', async () => {
  const cache = new Cache();
  const early = new ChangeFence(cache, CHANGE, [FIRST]);
  early.abandon();
  expect(cache.fencesOf(FIRST)).toEqual([0, 0, 0]);
  const late = new ChangeFence(cache, CHANGE, [FIRST]);
  await late.complete([FIRST, SECOND], ['a', 'b', 'c']);
  late.abandon();
  await vi.waitUntil(() => [FIRST, SECOND].every((key) => cache.fencesOf(key).every((fences) => fences === 0)));
});

test('an early fence that may expire before the commit is set again', async () => {
  const cache = new Cache();
  const begunAt = performance.now();
  const fence = new ChangeFence(cache, CHANGE, [FIRST]);
  const now = vi.spyOn(performance, 'now').mockReturnValue(begunAt + 61_000);
  await fence.complete([FIRST], ['a', 'b']);
  now.mockRestore();
  expect(cache.fencesOf(FIRST)).toEqual([2, 2, 0]);
});
