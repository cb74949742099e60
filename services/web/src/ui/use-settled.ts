import { useEffect, useState } from 'react';

/** Longer than the pause between two keys of somebody who types. */
const PAUSE_MS = 250;

/** The value once it has stopped changing. */
export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
