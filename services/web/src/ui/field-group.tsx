import { type ReactNode, useId } from 'react';
import { FieldError } from './field.tsx';

interface FieldGroupProps {
  readonly title: string;
  readonly hint: string;
  readonly error?: string | undefined;
  readonly children: ReactNode;
}

/** A group of fields or checkboxes. An error belongs to the whole group, so its message takes the focus. */
export function FieldGroup({ title, hint, error, children }: FieldGroupProps) {
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
