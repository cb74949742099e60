import { type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'url' | 'search';
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  /** Values that the browser offers; any other can be typed. */
  readonly suggestions?: readonly { readonly value: string; readonly label: string }[];
}

/** Connects a control with its hint and error, for screen readers. */
function useFieldIds({ hint, error }: Pick<FieldProps, 'hint' | 'error'>) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return { id, 'aria-describedby': describedBy || undefined, 'aria-invalid': error !== undefined };
}

function FieldFrame({
  id,
  label,
  hint,
  error,
  children,
}: Omit<FieldProps, 'value' | 'onChange'> & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {hint && (
        <div className="field-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {children}
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}

interface FieldErrorProps {
  readonly id?: string;
  readonly error: string | undefined;
  /** Set this if no single control could take the focus. */
  readonly takesFocus?: boolean;
}

export function FieldError({ id, error, takesFocus = false }: FieldErrorProps) {
  if (error === undefined) return null;
  return (
    <p className="field-error" id={id} tabIndex={takesFocus ? -1 : undefined}>
      {error}
    </p>
  );
}

export function TextField({ type = 'text', isRequired = false, maxLength, suggestions, ...props }: TextFieldProps) {
  const control = useFieldIds(props);
  return (
    <FieldFrame {...props} id={control.id}>
      <input
        {...control}
        className="input"
        type={type}
        value={props.value}
        aria-required={isRequired}
        maxLength={maxLength}
        autoComplete="off"
        list={suggestions && `${control.id}-list`}
        onChange={(event) => props.onChange(event.target.value)}
      />
      {suggestions && (
        <datalist id={`${control.id}-list`}>
          {suggestions.map(({ value, label }) => (
            <option key={value} value={value} label={label} />
          ))}
        </datalist>
      )}
    </FieldFrame>
  );
}

interface TextAreaFieldProps extends FieldProps {
  readonly rows: number;
  /** Whether the field is for sentences. Default: it is for URLs, one per line. */
  readonly isProse?: boolean;
}

export function TextAreaField({ rows, isProse = false, ...props }: TextAreaFieldProps) {
  const control = useFieldIds(props);
  return (
    <FieldFrame {...props} id={control.id}>
      <textarea
        {...control}
        className={isProse ? 'input input-prose' : 'input'}
        rows={rows}
        spellCheck={isProse}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </FieldFrame>
  );
}

interface SelectFieldProps extends FieldProps {
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export function SelectField({ options, ...props }: SelectFieldProps) {
  const control = useFieldIds(props);
  return (
    <FieldFrame {...props} id={control.id}>
      <select
        {...control}
        className="input"
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}
