import { useEffect, useState } from 'react';
import { text } from '../text.ts';
import { copyText } from './copy-text.ts';

const OUTCOME_SHOWN_MS = 2_500;

interface CopyButtonProps {
  readonly value: string;
  /** The name of the value, for screen readers. */
  readonly label: string;
}

export function CopyButton({ value, label }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), OUTCOME_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => setOutcome(await copyText(value));
  return (
    <span className="copy">
      <button type="button" className="button button-quiet button-small" onClick={copy}>
        {outcome === undefined ? text.copy.action : text.copy[outcome]}
        <span className="visually-hidden"> {label}</span>
      </button>
      <span className="visually-hidden" role="status">
        {outcome && text.copy[outcome]}
      </span>
    </span>
  );
}
