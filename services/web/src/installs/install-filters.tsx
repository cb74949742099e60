import { InstallOrder } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { text } from '../text.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { ANY_SENSITIVE, type Filter, SENSITIVE_SCOPES } from './use-installs.ts';

interface InstallFiltersProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** The server's limit. */
const MAX_SEARCH_LENGTH = 100;

const words = text.installs;

const ACCESS = [
  { value: '', label: words.anyAccess },
  { value: ANY_SENSITIVE, label: words.personalData },
  ...SENSITIVE_SCOPES.map(({ name, description }) => ({ value: name, label: description })),
];

const SHOW = [
  { value: 'all', label: words.showAll },
  { value: 'unused', label: words.showUnused },
  { value: 'former_member', label: words.showFormerMembers },
];

const ORDERS = [
  { value: String(InstallOrder.UNSPECIFIED), label: words.newest },
  { value: String(InstallOrder.APP_NAME), label: words.byName },
  { value: String(InstallOrder.LEAST_RECENTLY_USED), label: words.leastRecentlyUsed },
];

export function InstallFilters({ filter, onChange }: InstallFiltersProps) {
  return (
    <div className="filters">
      <TextField
        type="search"
        label={words.search}
        value={filter.search}
        maxLength={MAX_SEARCH_LENGTH}
        onChange={(search) => onChange({ ...filter, search })}
      />
      <SelectField
        label={words.access}
        value={filter.access}
        onChange={(access) => onChange({ ...filter, access })}
        options={ACCESS}
      />
      <SelectField
        label={words.show}
        value={filter.show}
        onChange={(show) => onChange({ ...filter, show: show as Filter['show'] })}
        options={SHOW}
      />
      <SelectField
        label={words.order}
        value={String(filter.order)}
        onChange={(order) => onChange({ ...filter, order: Number(order) as InstallOrder })}
        options={ORDERS}
      />
    </div>
  );
}
