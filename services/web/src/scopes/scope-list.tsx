import { text } from '../text.ts';
import { Tag } from '../ui/tag.tsx';
import { describeScope } from './describe.ts';
import { groupScopes } from './groups.ts';

/** Permissions to look at, in groups. */
export function ScopeList({ names }: { readonly names: readonly string[] }) {
  return groupScopes(names.map(describeScope)).map(({ group, scopes }) => (
    <div key={group} className="scope-group">
      <h3 className="scope-group-title">{text.scopeGroups[group]}</h3>
      <ul className="scope-list">
        {scopes.map(({ name, description, sensitive }) => (
          <li key={name}>
            {description} {sensitive && <Tag tone="warning">{text.scopeTags.sensitive}</Tag>}
            <code className="scope-name">{name}</code>
          </li>
        ))}
      </ul>
    </div>
  ));
}
