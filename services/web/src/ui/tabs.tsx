import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useLocation } from 'wouter';

interface TabsProps {
  readonly label: string;
  /** Links, one of which is current. */
  readonly children: ReactNode;
}

/** Links between the sections of a view. If not all fit, the current one is scrolled into view. */
export function Tabs({ label, children }: TabsProps) {
  const nav = useRef<HTMLElement>(null);
  const [path] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another link is current when the path changes
  useLayoutEffect(() => {
    const tabs = nav.current;
    const current = tabs?.querySelector('[aria-current]');
    if (!tabs || !current) return undefined;
    const scrollToCurrent = () => {
      const [outer, inner] = [tabs.getBoundingClientRect(), current.getBoundingClientRect()];
      tabs.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
    };
    // Calls back once at the start, and again whenever the width changes.
    const observer = new ResizeObserver(scrollToCurrent);
    observer.observe(tabs);
    return () => observer.disconnect();
  }, [path]);
  return (
    <nav ref={nav} className="tabs" aria-label={label}>
      {children}
    </nav>
  );
}
