/** A permission. `sensitive`: gives access to personal data; the consent page marks it. */
export interface ScopeEntry {
  readonly name: string;
  readonly description: string;
  readonly sensitive: boolean;
}

const entry = (name: string, description: string): ScopeEntry => ({
  name,
  description,
  sensitive: name.startsWith('customers:') || name.startsWith('member:'),
});

/**
 * Every scope there is. Its order is the order of scopes in every response. The scopes of a new resource also need a group on
 * the pages (web/src/scopes/groups.ts).
 */
export const SCOPE_CATALOG: readonly ScopeEntry[] = [
  entry('posts:read', 'Read posts and their details'),
  entry('posts:write', 'Create, change, delete and assign posts'),
  entry('comments:read', 'Read comments'),
  entry('comments:write', 'Write, change and delete comments'),
  entry('votes:read', 'See who voted for what'),
  entry('votes:write', 'Add and remove votes'),
  entry('changelog:read', 'Read the changelog'),
  entry('changelog:write', 'Write, change and publish changelog entries'),
  entry('roadmap:read', 'Read the roadmap'),
  entry('articles:read', 'Read help articles'),
  entry('articles:write', 'Write, change and delete help articles'),
  entry('tags:read', 'Read tags'),
  entry('tags:write', 'Create, change and delete tags'),
  entry('collections:read', 'Read collections'),
  entry('customers:read', 'Read customer records'),
  entry('customers:write', 'Create, change, delete and import customer records'),
  entry('member:read', 'See the members of the organization'),
  entry('member:write', 'Invite, change and remove members of the organization'),
  entry('webhooks:manage', 'Register a webhook URL and receive events'),
];

const POSITION = new Map(SCOPE_CATALOG.map((scope, index) => [scope.name, index]));

/** Whether the scope is in the catalog. */
export function isKnownScope(name: string): boolean {
  return POSITION.has(name);
}

/** The entry of a known scope; throws for others. */
export function scopeEntry(name: string): ScopeEntry {
  const index = POSITION.get(name);
  if (index === undefined) throw new Error(`not in the scope catalog: ${name}`);
  return SCOPE_CATALOG[index] as ScopeEntry;
}

/** The known ones among `names`, each once, in catalog order. */
export function inCatalogOrder(names: Iterable<string>): string[] {
  const wanted = new Set(names);
  return SCOPE_CATALOG.filter((scope) => wanted.has(scope.name)).map((scope) => scope.name);
}
