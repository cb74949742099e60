import { text } from '../text.ts';

export type ScopeGroup = keyof typeof text.scopeGroups;

const GROUPS: Readonly<Record<string, ScopeGroup>> = {
  posts: 'feedback',
  comments: 'feedback',
  votes: 'feedback',
  tags: 'feedback',
  changelog: 'publishing',
  roadmap: 'publishing',
  articles: 'publishing',
  collections: 'publishing',
  customers: 'people',
  member: 'people',
  webhooks: 'events',
};

/** Puts scopes into the groups of their resources, in the order of text.scopeGroups. Keeps the order within a group. */
export function groupScopes<Scope extends { readonly name: string }>(
  scopes: readonly Scope[],
): { readonly group: ScopeGroup; readonly scopes: readonly Scope[] }[] {
  const grouped = Map.groupBy(scopes, groupOf);
  const inOrder = Object.keys(text.scopeGroups) as ScopeGroup[];
  return inOrder.flatMap((group) => {
    const inGroup = grouped.get(group);
    return inGroup ? [{ group, scopes: inGroup }] : [];
  });
}

/** A resource that is newer than these pages is in the last group. */
const groupOf = ({ name }: { readonly name: string }): ScopeGroup => GROUPS[name.split(':')[0] ?? ''] ?? 'other';
