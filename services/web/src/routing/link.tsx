import type { MouseEvent, ReactNode } from 'react';
import { navigate, usePath } from './router.ts';

interface LinkProps {
  readonly to: string;
  readonly className?: string;
  /** Marks the link of the page that is shown, and unless `exactly` also of the area that it is in. */
  readonly isNavigation?: boolean | 'exactly';
  readonly children: ReactNode;
}

/** A link within the console: a real one, which a plain click follows without a load. */
export function Link({ to, className, isNavigation = false, children }: LinkProps) {
  const path = usePath();
  const isWithin = isNavigation !== 'exactly' && path.startsWith(`${to}/`);
  const current = path === to ? 'page' : isWithin || undefined;
  const follow = (event: MouseEvent) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!isPlain) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} className={className} onClick={follow} aria-current={isNavigation ? current : undefined}>
      {children}
    </a>
  );
}
