import type { ReactNode } from 'react';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly kind?: 'primary' | 'quiet' | 'danger';
  readonly type?: 'button' | 'submit';
  /** The action is in progress: the button keeps the focus and ignores clicks. */
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly describedBy?: string;
  /** For screen readers, if the text is unclear without its context. */
  readonly label?: string;
}

export function Button(props: ButtonProps) {
  const {
    children,
    onClick,
    kind = 'quiet',
    type = 'button',
    isBusy = false,
    isDisabled = false,
    describedBy,
    label,
  } = props;
  // aria-disabled instead of disabled, which would drop the keyboard focus.
  const isOff = isBusy || isDisabled;
  return (
    <button
      type={isOff ? 'button' : type}
      className={`button button-${kind}`}
      aria-disabled={isOff}
      aria-busy={isBusy}
      aria-describedby={describedBy}
      aria-label={label}
      onClick={isOff ? undefined : onClick}
    >
      {isBusy && <span className="spinner" aria-hidden="true" />}
      <span>{children}</span>
    </button>
  );
}
