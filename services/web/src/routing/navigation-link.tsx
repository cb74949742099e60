import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

interface NavigationLinkProps {
  readonly to: string;
  /** Whether the link is marked on its own page only. */
  readonly isExact?: boolean;
  readonly children: ReactNode;
}

/** A link that is marked as current, for screen readers and CSS, on its own page and on those below its path. */
export function NavigationLink({ to, isExact = false, children }: NavigationLinkProps) {
  const [path] = useLocation();
  const isWithin = !isExact && path.startsWith(`${to}/`);
  return (
    <Link to={to} aria-current={path === to ? 'page' : isWithin || undefined}>
      {children}
    </Link>
  );
}
