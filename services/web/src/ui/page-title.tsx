import { type ReactNode, useEffect, useRef } from 'react';
import { hasNavigated } from '../routing/navigation.ts';
import { text } from '../text.ts';

interface PageTitleProps {
  /** For the browser tab and history. */
  readonly documentTitle: string;
  readonly children: ReactNode;
}

/** The heading of a view. It takes the focus when navigation without a page load opens the view. */
export function PageTitle({ documentTitle, children }: PageTitleProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${documentTitle} · ${text.brand}`;
  }, [documentTitle]);
  useEffect(() => {
    if (hasNavigated()) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className="page-title">
      {children}
    </h1>
  );
}
