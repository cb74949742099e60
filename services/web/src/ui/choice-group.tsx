import { type ReactNode, useId } from 'react';
import { FieldError } from './field.tsx';

interface ChoiceGroupProps {
  readonly title: string;
  readonly hint: string;
  readonly error?: string | undefined;
  readonly children: ReactNode;
}

/** A group of checkboxes. An error belongs to the whole group, so its message takes the focus. */
export function ChoiceGroup({ title, hint, error, children }: ChoiceGroupProps) {
  const id = useId();
  return (
    <fieldset className="section" aria-describedby={`${id}-hint`}>
      <legend className="section-title">{title}</legend>
      <p className="section-hint" id={`${id}-hint`}>
        {hint}
      </p>
      <FieldError error={error} takesFocus />
      {children}
    </fieldset>
  );
}
