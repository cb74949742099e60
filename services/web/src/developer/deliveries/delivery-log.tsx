import { useState } from 'react';
import { WebhookDeliveryStatus } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { developerText } from '../../text-developer.ts';
import { MoreButton } from '../../ui/more-button.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { ListSkeleton } from '../../ui/skeleton.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { AppViewProps } from '../app-view.ts';
import { DeliveryFilters } from './delivery-filters.tsx';
import { DeliveryRow } from './delivery-row.tsx';
import { TestEvent } from './test-event.tsx';
import { deliveriesOf, type Filter, useDeliveries } from './use-deliveries.ts';

const NO_FILTER: Filter = { hookId: '', status: WebhookDeliveryStatus.UNSPECIFIED };

/** The webhook deliveries of an app, with the receiver's responses. */
export function DeliveryLog({ app }: AppViewProps) {
  const words = developerText.deliveries;
  const [filter, setFilter] = useState(NO_FILTER);
  const query = useDeliveries(app.clientId, filter);
  return (
    <section>
      <h2 className="section-title">{words.title}</h2>
      <p className="lead">{words.lead}</p>
      <TestEvent app={app} />
      <DeliveryFilters clientId={app.clientId} filter={filter} onChange={setFilter} />
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {(data) => {
          const deliveries = deliveriesOf(data);
          if (deliveries.length === 0)
            return <NoDeliveries isFiltered={filter.hookId !== '' || filter.status !== NO_FILTER.status} />;
          return (
            <div className="list">
              {deliveries.map((delivery) => (
                <DeliveryRow key={delivery.id} delivery={delivery} />
              ))}
            </div>
          );
        }}
      </QueryView>
      <MoreButton query={query} />
    </section>
  );
}

function NoDeliveries({ isFiltered }: { readonly isFiltered: boolean }) {
  const words = developerText.deliveries;
  return isFiltered ? (
    <EmptyState title={words.noMatchTitle}>{words.noMatchBody}</EmptyState>
  ) : (
    <EmptyState title={words.emptyTitle}>{words.emptyBody}</EmptyState>
  );
}
