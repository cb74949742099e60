import type { ReactNode } from 'react';

interface TagProps {
  readonly tone?: 'plain' | 'good' | 'warning' | 'danger';
  readonly children: ReactNode;
}

export function Tag({ tone = 'plain', children }: TagProps) {
  return <span className={`tag tag-${tone}`}>{children}</span>;
}
