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
  /** About as tall as the content, so that the layout hardly shifts. */
  readonly skeleton: ReactNode;
  /** The heading to show with an error, for a view whose heading depends on the data. */
  readonly title?: string;
  readonly children: (data: Data) => ReactNode;
}

/** The data of a query, or a skeleton while it loads, or its error. */
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
  return <Loading>{skeleton}</Loading>;
}

/** A skeleton, announced to screen readers. */
export function Loading({ children }: { readonly children: ReactNode }) {
  return (
    <div aria-busy="true">
      <span className="visually-hidden" role="status">
        {text.states.loading}
      </span>
      {children}
    </div>
  );
}
