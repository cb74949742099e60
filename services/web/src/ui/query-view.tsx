import type { ReactNode } from 'react';
import { text } from '../text.ts';
import { PageTitle } from './page-title.tsx';
import { ErrorState } from './states.tsx';

interface Query<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

interface QueryViewProps<Data> {
  readonly query: Query<Data>;
  /** As tall as what comes, so that nothing jumps. */
  readonly skeleton: ReactNode;
  /** The heading of a view that is all of what is read: it needs one even if that cannot be had. */
  readonly title?: string;
  readonly children: (data: Data) => ReactNode;
}

/** What has been read; until then a skeleton of it, or why it cannot be read. */
export function QueryView<Data>({ query, skeleton, title, children }: QueryViewProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) {
    return (
      <>
        {title && <PageTitle documentTitle={title}>{title}</PageTitle>}
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  return (
    <div aria-busy="true">
      <span className="visually-hidden" role="status">
        {text.states.loading}
      </span>
      {skeleton}
    </div>
  );
}
