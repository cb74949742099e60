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

/** By what they are about, in the order of the groups; within a group the order stays. */
export function groupScopes<Scope extends { readonly name: string }>(
  scopes: readonly Scope[],
): { readonly group: ScopeGroup; readonly scopes: readonly Scope[] }[] {
  const grouped = Map.groupBy(scopes, groupOf);
  const inOrder = Object.keys(text.scopeGroups) as ScopeGroup[];
  return inOrder.flatMap((group) => {
    const members = grouped.get(group);
    return members ? [{ group, scopes: members }] : [];
  });
}

/** A resource that these pages do not know yet still has to be shown. */
const groupOf = ({ name }: { readonly name: string }): ScopeGroup => GROUPS[name.split(':')[0] ?? ''] ?? 'other';
