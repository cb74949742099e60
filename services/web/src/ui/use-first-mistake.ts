import { type RefObject, useEffect, useRef } from 'react';

/** For a form: puts the focus where its first mistake is, each time the server has found some. */
export function useFirstMistake(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .field-error[tabindex]')?.focus();
  }, [error]);
  return form;
}
