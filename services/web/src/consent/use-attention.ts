import { useEffect, useState } from 'react';
import { watchAttention } from './attention.ts';

/** Whether the page has been visible and focused long enough for a click to be intended for it. */
export function useAttention(): boolean {
  const [hasAttention, setHasAttention] = useState(false);
  useEffect(() => watchAttention({ window, document }, setHasAttention), []);
  return hasAttention;
}
