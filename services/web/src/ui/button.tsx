import type { ReactNode } from 'react';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly kind?: 'primary' | 'quiet' | 'danger';
  readonly type?: 'button' | 'submit';
  /** Its work is under way: it stays where the focus is, and takes no second click. */
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly describedBy?: string;
}

export function Button(props: ButtonProps) {
  const { children, onClick, kind = 'quiet', type = 'button', isBusy = false, isDisabled = false, describedBy } = props;
  // A disabled button would lose the focus, and with it a keyboard user's place.
  const isOff = isBusy || isDisabled;
  return (
    <button
      type={isOff ? 'button' : type}
      className={`button button-${kind}`}
      aria-disabled={isOff}
      aria-busy={isBusy}
      aria-describedby={describedBy}
      onClick={isOff ? undefined : onClick}
    >
      {isBusy && <span className="spinner" aria-hidden="true" />}
      <span>{children}</span>
    </button>
  );
}
