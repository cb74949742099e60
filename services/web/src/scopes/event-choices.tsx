import { CheckChoice } from '../ui/choices.tsx';
import { toggled } from '../ui/toggled.ts';
import { describeEvent } from './describe.ts';

interface EventChoicesProps {
  readonly events: readonly string[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

export function EventChoices({ events, chosen, onChange }: EventChoicesProps) {
  return events.map((name) => (
    <CheckChoice
      key={name}
      isChosen={chosen.has(name)}
      onChange={(isChosen) => onChange(toggled(chosen, name, isChosen))}
      title={describeEvent(name)}
      detail={<code>{name}</code>}
    />
  ));
}
