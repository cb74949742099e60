import { parseRedisUrl } from './redis-url.ts';

/** A Redis primary of the token-state cache, or the Sentinels that know it. */
export interface CacheNode {
  readonly name: string;
  readonly url: string;
}

/** The name of a node whose URL has no name. A new database lists one node, with this name. */
const DEFAULT_NAME = 'main';
const NAMED = /^([a-z0-9-]{1,32})=(.*)$/;

/**
 * Parses a URL, or `name=url` for each node, separated by spaces (docs/adr/0020). Throws an error without the URLs, which may
 * have passwords.
 */
export function parseCacheNodes(text: string): readonly CacheNode[] {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  const nodes = parts.map((part) => {
    const [, name, url] = NAMED.exec(part) ?? [];
    return name === undefined ? { name: DEFAULT_NAME, url: part } : { name, url: url as string };
  });
  for (const { url } of nodes) parseRedisUrl(url);
  if (nodes.length === 0 || new Set(nodes.map(({ name }) => name)).size < nodes.length) {
    throw new Error(
      'must be a Redis URL, or name=URL for each of several nodes, with different names, separated by spaces',
    );
  }
  return nodes;
}
