/** Longer than a double click: a click that was aimed at a window in front of this page must not approve anything. */
export const MIN_ATTENTION_MS = 500;

/** The browser objects that report visibility and focus. */
export interface Page {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: string; hasFocus(): boolean };
}

/**
 * Reports whether the page has been visible and focused for MIN_ATTENTION_MS without interruption: false at once and whenever
 * focus or visibility changes, true when that time has passed. Returns a function that stops the reports.
 */
export function watchAttention({ window, document }: Page, onChange: (hasAttention: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = () => {
    clearTimeout(timer);
    onChange(false);
    const isActive = document.visibilityState === 'visible' && document.hasFocus();
    timer = isActive ? setTimeout(() => onChange(true), MIN_ATTENTION_MS) : undefined;
  };
  const sources = [
    [window, 'focus'],
    [window, 'blur'],
    [document, 'visibilitychange'],
  ] as const;
  for (const [target, event] of sources) target.addEventListener(event, restart);
  restart();
  return () => {
    clearTimeout(timer);
    for (const [target, event] of sources) target.removeEventListener(event, restart);
  };
}
