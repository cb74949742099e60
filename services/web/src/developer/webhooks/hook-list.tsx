import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { developerText } from '../../text-developer.ts';
import { MoreButton } from '../../ui/more-button.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { ListSkeleton } from '../../ui/skeleton.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { HookRow } from './hook-row.tsx';
import { hooksOf, useHooks } from './use-hooks.ts';

/** The hooks of an app, with their status and the age of their signing secrets. */
export function HookList({ app }: { readonly app: App }) {
  const words = developerText.hooks;
  const query = useHooks(app.clientId);
  return (
    <section>
      <h2 className="section-title">{words.title}</h2>
      <p className="lead">{words.lead}</p>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {(data) => {
          const hooks = hooksOf(data);
          if (hooks.length === 0) return <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>;
          return (
            <ul className="list">
              {hooks.map((hook) => (
                <HookRow key={hook.id} hook={hook} app={app} />
              ))}
            </ul>
          );
        }}
      </QueryView>
      <MoreButton query={query} />
    </section>
  );
}
