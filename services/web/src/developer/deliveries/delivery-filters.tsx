import { WebhookDeliveryStatus } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { developerText } from '../../text-developer.ts';
import { SelectField } from '../../ui/field.tsx';
import { nameOf } from '../webhooks/hook-name.tsx';
import { hooksOf, useHooks } from '../webhooks/use-hooks.ts';
import { STATUSES, statusOf } from './delivery-status.tsx';
import type { Filter } from './use-deliveries.ts';

interface DeliveryFiltersProps {
  readonly clientId: string;
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

export function DeliveryFilters({ clientId, filter, onChange }: DeliveryFiltersProps) {
  const words = developerText.deliveries;
  const hooks = hooksOf(useHooks(clientId).data);
  return (
    <div className="filters">
      <SelectField
        label={words.status}
        value={String(filter.status)}
        onChange={(value) => onChange({ ...filter, status: statusOf(value) })}
        options={[
          { value: String(WebhookDeliveryStatus.UNSPECIFIED), label: words.anyStatus },
          ...STATUSES.map(({ status, label }) => ({ value: String(status), label })),
        ]}
      />
      <SelectField
        label={words.hook}
        value={filter.hookId}
        onChange={(hookId) => onChange({ ...filter, hookId })}
        options={[
          { value: '', label: words.anyHook },
          ...hooks.map((hook) => ({ value: hook.id, label: nameOf(hook) })),
        ]}
      />
    </div>
  );
}
