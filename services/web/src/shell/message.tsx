import type { ReactNode } from 'react';
import { PageTitle } from '../ui/page-title.tsx';

interface MessageProps {
  readonly documentTitle: string;
  readonly title: ReactNode;
  readonly children: ReactNode;
}

/** A whole view that has nothing to show but a reason. */
export function Message({ documentTitle, title, children }: MessageProps) {
  return (
    <>
      <PageTitle documentTitle={documentTitle}>{title}</PageTitle>
      <p className="lead">{children}</p>
    </>
  );
}
