/** A click that was meant for a window which has just closed, or for what was here a moment ago, comes sooner than this. */
export const SETTLE_MS = 500;

/** The parts of a browser that tell whether somebody looks at this page. */
export interface Page {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: string; hasFocus(): boolean };
}

/**
 * Tells whether the page has been visible and in focus for SETTLE_MS without a break: first when that has come true, then
 * at each change. Returns what ends it.
 */
export function watchAttention({ window, document }: Page, onChange: (hasAttention: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    clearTimeout(timer);
    onChange(false);
    const isLookedAt = document.visibilityState === 'visible' && document.hasFocus();
    timer = isLookedAt ? setTimeout(() => onChange(true), SETTLE_MS) : undefined;
  };
  const sources = [
    [window, 'focus'],
    [window, 'blur'],
    [document, 'visibilitychange'],
  ] as const;
  for (const [target, event] of sources) target.addEventListener(event, begin);
  begin();
  return () => {
    clearTimeout(timer);
    for (const [target, event] of sources) target.removeEventListener(event, begin);
  };
}
