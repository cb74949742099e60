import { type ReactNode, useId } from 'react';

interface ChoiceProps {
  readonly isChosen: boolean;
  readonly onChange: (isChosen: boolean) => void;
  readonly title: ReactNode;
  readonly detail?: ReactNode;
  readonly tags?: ReactNode;
  readonly isDisabled?: boolean;
}

interface RadioProps extends Omit<ChoiceProps, 'onChange'> {
  /** The name of the radio group. */
  readonly name: string;
  readonly onChoose: () => void;
}

export function CheckChoice({ isChosen, onChange, ...rest }: ChoiceProps) {
  return <Choice {...rest} isChosen={isChosen} type="checkbox" onChange={onChange} />;
}

/** A card with a radio button. */
export function RadioChoice({ name, onChoose, ...rest }: RadioProps) {
  return <Choice {...rest} type="radio" name={name} onChange={onChoose} />;
}

function Choice(props: ChoiceProps & { readonly type: 'checkbox' | 'radio'; readonly name?: string }) {
  const { type, name, isChosen, onChange, title, detail, tags, isDisabled = false } = props;
  const id = useId();
  return (
    <label className={`choice choice-${type}`} htmlFor={id} data-chosen={isChosen} data-disabled={isDisabled}>
      <input
        id={id}
        className="choice-input"
        type={type}
        name={name}
        checked={isChosen}
        disabled={isDisabled}
        aria-describedby={detail ? `${id}-detail` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="choice-text">
        <span className="choice-title">
          {title} {tags}
        </span>
        {detail && (
          <span className="choice-detail" id={`${id}-detail`}>
            {detail}
          </span>
        )}
      </span>
    </label>
  );
}
