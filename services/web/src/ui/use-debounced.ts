import { useEffect, useState } from 'react';

/** Longer than the pause between two keystrokes. */
const PAUSE_MS = 250;

/** The value after it has not changed for PAUSE_MS. */
export function useDebounced<Value>(value: Value): Value {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return debounced;
}
