import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { usePath } from '../routing/router.ts';

interface TabsProps {
  readonly label: string;
  /** Links, one of which is of the page that is shown. */
  readonly children: ReactNode;
}

/** The ways between the views of a thing. Where there is no room for all, the present one is in sight. */
export function Tabs({ label, children }: TabsProps) {
  const nav = useRef<HTMLElement>(null);
  const path = usePath();
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the path another one is present
  useLayoutEffect(() => {
    const tabs = nav.current;
    const present = tabs?.querySelector('[aria-current]');
    if (!tabs || !present) return undefined;
    const show = () => {
      const [outer, inner] = [tabs.getBoundingClientRect(), present.getBoundingClientRect()];
      tabs.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
    };
    // Begins with a call, and calls again when a phone is turned.
    const observer = new ResizeObserver(show);
    observer.observe(tabs);
    return () => observer.disconnect();
  }, [path]);
  return (
    <nav ref={nav} className="tabs" aria-label={label}>
      {children}
    </nav>
  );
}
