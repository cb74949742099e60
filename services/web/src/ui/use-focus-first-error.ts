import { type RefObject, useEffect, useRef } from 'react';

/** Moves the focus to the first invalid field of a form when the server has rejected it. */
export function useFocusFirstError(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .field-error[tabindex]')?.focus();
  }, [error]);
  return form;
}
