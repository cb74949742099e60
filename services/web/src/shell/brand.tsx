import { text } from '../text.ts';

export function Brand() {
  return (
    <span className="brand">
      <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <path d="M10 23V9h12M10 16h9" />
      </svg>
      {text.brand}
    </span>
  );
}
