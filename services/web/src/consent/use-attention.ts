import { useEffect, useState } from 'react';
import { watchAttention } from './attention.ts';

/** Whether somebody has been looking at this page long enough to mean what they click. */
export function useAttention(): boolean {
  const [hasAttention, setHasAttention] = useState(false);
  useEffect(() => watchAttention({ window, document }, setHasAttention), []);
  return hasAttention;
}
