import { useState } from 'react';
import { InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import type { OwnInstall } from '#gen/featureos/oauth/v1/own_install_service_pb.ts';
import { DisconnectDialog } from '../installs/disconnect-dialog.tsx';
import { InstallStatusTag } from '../installs/install-status-tag.tsx';
import { LastUsed } from '../installs/last-used.tsx';
import { AppLogo } from '../profile/app-logo.tsx';
import { describeScope } from '../scopes/describe.ts';
import { SandboxTag } from '../shell/sandbox-tag.tsx';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { RelativeTime } from '../ui/time.tsx';

interface OwnInstallRowProps {
  readonly install: OwnInstall;
  readonly onDisconnect: () => void;
}

export function OwnInstallRow({ install, onDisconnect }: OwnInstallRowProps) {
  const words = text.ownInstalls;
  const { appName, clientId, appProfile, organization, appOwnerOrganization, installedAt, lastUsedAt } = install;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const confirm = () => {
    setDialogOpen(false);
    onDisconnect();
  };
  const organizationName = <Name>{organization?.name ?? ''}</Name>;
  return (
    <li className="list-row">
      <AppLogo name={appName} clientId={clientId} path={appProfile?.logoPath} />
      <div className="list-text">
        <p>
          <Name>{appName}</Name> <SandboxTag organization={organization} />
        </p>
        <p className="muted">
          <Interpolate
            text={words.where}
            organization={organizationName}
            owner={<Name>{appOwnerOrganization?.name ?? ''}</Name>}
          />
        </p>
        <p className="muted">
          {install.effectiveScopes.length === 0
            ? words.noScopes
            : install.effectiveScopes.map((name) => describeScope(name).description).join(' · ')}
        </p>
      </div>
      <p className="list-fact muted">
        {installedAt && <Interpolate text={words.since} when={<RelativeTime at={installedAt} />} />}
      </p>
      <p className="list-fact muted">
        <LastUsed at={lastUsedAt} />
      </p>
      {install.status === InstallStatus.ACTIVE ? (
        <Button
          kind="danger"
          label={words.disconnect(appName, organization?.name ?? '')}
          onClick={() => setDialogOpen(true)}
        >
          {text.installs.disconnect}
        </Button>
      ) : (
        <InstallStatusTag status={install.status} />
      )}
      {isDialogOpen && (
        <DisconnectDialog appName={appName} onConfirm={confirm} onClose={() => setDialogOpen(false)}>
          <Interpolate text={words.disconnectBody} organization={organizationName} />
        </DisconnectDialog>
      )}
    </li>
  );
}
