import { CopyButton } from './copy-button.tsx';

interface CodeValueProps {
  readonly label: string;
  readonly value: string;
}

/** A value with a copy button. */
export function CodeValue({ label, value }: CodeValueProps) {
  return (
    <div className="code-value">
      <span className="code-value-label">{label}</span>
      <CopyButton value={value} label={label} />
      <code className="code-value-text">{value}</code>
    </div>
  );
}
