/** A permission. */
export interface ScopeEntry {
  readonly name: string;
  readonly description: string;
  /** An example of what an app can see or do with it; one sentence on the consent page. */
  readonly example: string;
  /** Whether it gives access to personal data; the consent page marks it. */
  readonly sensitive: boolean;
}

const entry = (name: string, description: string, example: string): ScopeEntry => ({
  name,
  description,
  example,
  sensitive: name.startsWith('customers:') || name.startsWith('member:'),
});

/**
 * All scopes. Every response lists scopes in this order. The scopes of a new resource also need a group on
 * the pages (web/src/scopes/groups.ts).
 */
export const SCOPE_CATALOG: readonly ScopeEntry[] = [
  entry('posts:read', 'Read posts and their details', 'See every feature request, its status and who posted it.'),
  entry(
    'posts:write',
    'Create, change, delete and assign posts',
    'Turn a support ticket into a post, or mark a post as planned.',
  ),
  entry('comments:read', 'Read comments', 'See what people discuss below a post.'),
  entry('comments:write', 'Write, change and delete comments', 'Answer a question below a post.'),
  entry('votes:read', 'See who voted for what', 'See that 40 people want dark mode, and who they are.'),
  entry('votes:write', 'Add and remove votes', 'Vote for a customer who asked by email.'),
  entry('changelog:read', 'Read the changelog', 'Show your latest releases on another site.'),
  entry(
    'changelog:write',
    'Write, change and publish changelog entries',
    'Publish release notes when a version ships.',
  ),
  entry('roadmap:read', 'Read the roadmap', 'Show what you plan and what is in progress.'),
  entry('articles:read', 'Read help articles', 'Search your help articles for an answer.'),
  entry('articles:write', 'Write, change and delete help articles', 'Correct an article when a feature changes.'),
  entry('tags:read', 'Read tags', 'See how your posts are tagged.'),
  entry('tags:write', 'Create, change and delete tags', 'Add a tag for mobile feedback, or delete a tag.'),
  entry('collections:read', 'Read collections', 'See which articles belong together.'),
  entry('customers:read', 'Read customer records', 'See the names, email addresses and companies of your customers.'),
  entry(
    'customers:write',
    'Create, change, delete and import customer records',
    'Import a list of customers, or delete a customer.',
  ),
  entry('member:read', 'See the members of the organization', 'See the names, email addresses and roles of your team.'),
  entry(
    'member:write',
    'Invite, change and remove members of the organization',
    'Invite someone as an admin, or remove a teammate.',
  ),
  entry(
    'webhooks:manage',
    'Register a webhook URL and receive events',
    'Get a message within seconds when someone posts feedback.',
  ),
];

const POSITION = new Map(SCOPE_CATALOG.map((scope, index) => [scope.name, index]));

export function isKnownScope(name: string): boolean {
  return POSITION.has(name);
}

/** The entry of a known scope; throws for others. */
export function scopeEntry(name: string): ScopeEntry {
  const index = POSITION.get(name);
  if (index === undefined) throw new Error(`not in the scope catalog: ${name}`);
  return SCOPE_CATALOG[index] as ScopeEntry;
}

/** The known names, without duplicates, in catalog order. */
export function inCatalogOrder(names: Iterable<string>): string[] {
  const wanted = new Set(names);
  return SCOPE_CATALOG.filter((scope) => wanted.has(scope.name)).map((scope) => scope.name);
}
