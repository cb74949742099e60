import { type RefObject, useEffect, useRef } from 'react';

/** When the server has rejected a form, moves the focus to its first invalid field, or to the message of an invalid group. */
export function useFocusFirstError(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .field-error[tabindex]')?.focus();
  }, [error]);
  return form;
}
