import { type ReactNode, useId } from 'react';
import { text } from '../text.ts';
import { CheckChoice } from '../ui/choices.tsx';
import { Tag } from '../ui/tag.tsx';
import { toggled } from '../ui/toggled.ts';
import type { DescribedScope } from './describe.ts';
import { groupScopes } from './groups.ts';

interface ScopeChoicesProps {
  readonly scopes: readonly DescribedScope[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
  readonly tagsFor?: (name: string) => ReactNode;
  /** Whether to show an example of each permission, for people who do not know the permissions. */
  readonly showsExamples?: boolean;
}

/** Permissions to choose from, in groups. */
export function ScopeChoices({ scopes, chosen, onChange, tagsFor, showsExamples = false }: ScopeChoicesProps) {
  return groupScopes(scopes).map(({ group, scopes: inGroup }) => (
    <ScopeGroupBox key={group} title={text.scopeGroups[group]}>
      {inGroup.map(({ name, description, example, sensitive }) => (
        <CheckChoice
          key={name}
          isChosen={chosen.has(name)}
          onChange={(isChosen) => onChange(toggled(chosen, name, isChosen))}
          title={description}
          detail={
            <>
              {showsExamples && <span className="scope-example">{example}</span>}
              <code>{name}</code>
            </>
          }
          tags={
            <>
              {sensitive && <Tag tone="warning">{text.scopeTags.sensitive}</Tag>}
              {tagsFor?.(name)}
            </>
          }
        />
      ))}
    </ScopeGroupBox>
  ));
}

function ScopeGroupBox({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <fieldset className="scope-group" aria-labelledby={id}>
      <legend className="scope-group-title" id={id}>
        {title}
      </legend>
      {children}
    </fieldset>
  );
}
