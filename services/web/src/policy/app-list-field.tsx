import { useQuery } from '@connectrpc/connect-query';
import type { PolicyApp } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { InstallOrder, InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { AppLogo } from '../profile/app-logo.tsx';
import { policyText } from '../text-policy.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { FieldGroup } from '../ui/field-group.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { type AppListState, withTyped } from './use-policy-form.ts';

interface AppListFieldProps {
  readonly title: string;
  readonly hint: string;
  readonly error: string | undefined;
  /** Apps of the saved policy, with their names. */
  readonly apps: readonly PolicyApp[];
  readonly list: AppListState;
  readonly onChange: (list: AppListState) => void;
}

const words = policyText;

/** The first 100 installed apps by name: suggested while the admin types, and the source of names of newly added apps. */
const useInstalledApps = () =>
  useQuery(InstallService.method.listInstalls, { perPage: 100, order: InstallOrder.APP_NAME });

/** A list of apps, to which others are added by client id. */
export function AppListField({ title, hint, error, apps, list, onChange }: AppListFieldProps) {
  const installed = useInstalledApps().data?.installs ?? [];
  const nameOf = (clientId: string) =>
    apps.find((app) => app.clientId === clientId)?.name ??
    installed.find((install) => install.clientId === clientId)?.appName;
  const suggestions = installed
    .filter(({ clientId }) => !list.clientIds.includes(clientId))
    .map(({ clientId, appName }) => ({ value: clientId, label: appName }));
  return (
    <FieldGroup title={title} hint={hint} error={error}>
      {list.clientIds.length > 0 && (
        <ul className="list">
          {list.clientIds.map((clientId) => (
            <AppRow
              key={clientId}
              clientId={clientId}
              name={nameOf(clientId)}
              owner={apps.find((app) => app.clientId === clientId)?.ownerOrganization?.name}
              onRemove={() => onChange({ ...list, clientIds: list.clientIds.filter((other) => other !== clientId) })}
            />
          ))}
        </ul>
      )}
      <div className="add-row">
        <TextField
          label={words.clientId}
          hint={words.clientIdHint}
          value={list.typed}
          suggestions={suggestions}
          onChange={(typed) => onChange({ ...list, typed })}
        />
        <Button onClick={() => onChange(withTyped(list))}>{words.add}</Button>
      </div>
    </FieldGroup>
  );
}

interface AppRowProps {
  readonly clientId: string;
  /** Undefined for an app that is neither in the saved policy nor among the installed apps that were read. */
  readonly name: string | undefined;
  readonly owner: string | undefined;
  readonly onRemove: () => void;
}

function AppRow({ clientId, name, owner, onRemove }: AppRowProps) {
  return (
    <li className="list-row">
      <AppLogo name={name ?? '?'} clientId={clientId} path={undefined} />
      <div className="list-text">
        <p>
          {name !== undefined && <Name>{name}</Name>}{' '}
          {owner !== undefined && (
            <span className="muted">
              <Interpolate text={words.owner} owner={<Name>{owner}</Name>} />
            </span>
          )}
        </p>
        <code className="muted">{clientId}</code>
      </div>
      <Button onClick={onRemove} label={words.removeApp(name ?? clientId)}>
        {words.remove}
      </Button>
    </li>
  );
}
