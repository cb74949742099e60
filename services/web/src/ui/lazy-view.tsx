import { type ComponentType, lazy, Suspense } from 'react';
import { text } from '../text.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';
import { Loading } from './query-view.tsx';
import { CardSkeleton } from './skeleton.tsx';

/** A view whose code is loaded when it is opened. For views that few people need. */
export function lazyView<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const View = lazy(async () => ({ default: await load().catch(() => NotLoaded as ComponentType<Props>) }));
  return (props) => (
    <Suspense
      fallback={
        <Loading>
          <CardSkeleton />
        </Loading>
      }
    >
      <View {...props} />
    </Suspense>
  );
}

/** The code cannot be loaded: the server was updated after this page was opened, or cannot be reached. */
function NotLoaded() {
  return (
    <Notice tone="warning" title={text.states.notLoaded} live="alert">
      <Button onClick={() => window.location.reload()}>{text.states.reload}</Button>
    </Notice>
  );
}
