import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseCacheNodes } from '../../../services/common/redis/cache-nodes.ts';
import { NodeList } from '../../../services/common/token-state/node-list.ts';

const TOKENS = 10_000;
const hashOf = (text: string) => createHash('sha256').update(text).digest();
const hashes = Array.from({ length: TOKENS }, (_, index) => hashOf(`token ${index}`));

describe('rendezvous hashing', () => {
  test('distributes tokens as earlier releases did', () => {
    const list = new NodeList(['main', 'b', 'c']);
    expect(hashes.slice(0, 12).map((hash) => list.homeOf(hash))).toEqual('b c b b main c main b main b c c'.split(' '));
  });

  test('does not depend on the order of the names', () => {
    const [list, other] = [new NodeList(['main', 'b', 'c']), new NodeList(['c', 'main', 'b'])];
    for (const hash of hashes) expect(other.homeOf(hash)).toBe(list.homeOf(hash));
    expect(other.hasExactly(['b', 'c', 'main'])).toBe(true);
    expect(other.hasExactly(['b', 'c'])).toBe(false);
    expect(other.hasExactly(['b', 'c', 'd'])).toBe(false);
  });

  test('gives each node its share', () => {
    const list = new NodeList(['main', 'b', 'c', 'd']);
    const counts = Map.groupBy(hashes, (hash) => list.homeOf(hash));
    expect(counts.size).toBe(4);
    for (const { length } of counts.values()) expect(Math.abs(length - TOKENS / 4)).toBeLessThan(TOKENS / 40);
  });

  test('an added node takes its share of the tokens, and no others move', () => {
    const [before, after] = [new NodeList(['main', 'b']), new NodeList(['main', 'b', 'c'])];
    const moved = hashes.filter((hash) => before.homeOf(hash) !== after.homeOf(hash));
    expect(moved.every((hash) => after.homeOf(hash) === 'c')).toBe(true);
    expect(Math.abs(moved.length - TOKENS / 3)).toBeLessThan(TOKENS / 30);
  });

  test('a single node has all tokens; with an empty list a token has no node', () => {
    expect(new Set(hashes.map((hash) => new NodeList(['main']).homeOf(hash)))).toEqual(new Set(['main']));
    expect(new NodeList([]).homeOf(hashOf('a'))).toBeUndefined();
  });
});

describe('REDIS_URL', () => {
  test('has one URL, or a name and a URL for each node', () => {
    expect(parseCacheNodes('redis://one:1/2')).toEqual([{ name: 'main', url: 'redis://one:1/2' }]);
    expect(parseCacheNodes(' main=redis://:a=b@one  b-2=redis+sentinel://x:1,y:2/NAME\n')).toEqual([
      { name: 'main', url: 'redis://:a=b@one' },
      { name: 'b-2', url: 'redis+sentinel://x:1,y:2/NAME' },
    ]);
  });

  test.each([
    '',
    'main=',
    'main=http://one',
    'a=redis://one a=redis://two',
    'redis://one redis://two',
    'A=redis://one',
  ])('must not be %j', (text) => expect(() => parseCacheNodes(text)).toThrow(/^must /));
});
