import { useState } from 'react';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { text } from '../text.ts';
import { toggled } from '../ui/toggled.ts';
import { DisconnectSeveral } from './disconnect-several.tsx';
import { ExportButton } from './export-button.tsx';
import { InstallRow } from './install-row.tsx';
import type { Filter } from './use-installs.ts';

interface InstallSelectionProps {
  readonly installs: readonly Install[];
  readonly subdomain: string;
  readonly filter: Filter;
  readonly onDisconnect: (installs: readonly Install[]) => void;
}

/** A list of installs, of which several can be selected and disconnected. Installs that are no longer shown are not selected. */
export function InstallSelection({ installs, subdomain, filter, onDisconnect }: InstallSelectionProps) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selectable = installs.filter(({ status }) => status === InstallStatus.ACTIVE);
  const selected = selectable.filter(({ id }) => ids.has(id));
  const isAllSelected = selectable.length > 0 && selected.length === selectable.length;
  const confirm = () => {
    onDisconnect(selected);
    setIds(new Set());
  };
  return (
    <>
      <div className="list-actions">
        <label className="list-actions">
          <input
            type="checkbox"
            className="choice-input"
            checked={isAllSelected}
            onChange={() => setIds(new Set(isAllSelected ? [] : selectable.map(({ id }) => id)))}
          />
          {text.installs.selectAll}
        </label>
        <DisconnectSeveral selected={selected} onConfirm={confirm} />
        <ExportButton filter={filter} />
      </div>
      <ul className="list">
        {installs.map((install) => (
          <InstallRow
            key={install.id}
            install={install}
            subdomain={subdomain}
            isSelected={selected.includes(install)}
            onSelect={(isSelected) => setIds((current) => toggled(current, install.id, isSelected))}
          />
        ))}
      </ul>
    </>
  );
}
