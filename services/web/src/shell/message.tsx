import type { ReactNode } from 'react';
import { PageTitle } from '../ui/page-title.tsx';

interface MessageProps {
  readonly documentTitle: string;
  readonly title: ReactNode;
  readonly children: ReactNode;
}

/** A view that only explains why there is nothing else to show. */
export function Message({ documentTitle, title, children }: MessageProps) {
  return (
    <>
      <PageTitle documentTitle={documentTitle}>{title}</PageTitle>
      <p className="lead">{children}</p>
    </>
  );
}
