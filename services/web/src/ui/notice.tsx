import type { ReactNode } from 'react';

export interface NoticeProps {
  readonly tone: 'info' | 'good' | 'warning' | 'danger';
  readonly title: ReactNode;
  readonly children?: ReactNode;
  /** How a screen reader announces it: `status` politely, `alert` immediately. */
  readonly live?: 'status' | 'alert';
}

export function Notice({ tone, title, children, live }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={live}>
      <p className="notice-title">{title}</p>
      {children && <div className="notice-body">{children}</div>}
    </div>
  );
}
