import { useMutation } from '@connectrpc/connect-query';
import { useEffect, useState } from 'react';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { isPropagating } from '../rpc/errors.ts';
import { queryClient } from '../rpc/query-client.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Fill } from '../ui/fill.tsx';
import { Clock } from '../ui/moment.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { ErrorState } from '../ui/states.tsx';
import { DisconnectDialog } from './disconnect-dialog.tsx';

interface DisconnectPanelProps {
  readonly install: Install;
  readonly organization: OrganizationRef;
}

/** Ends an install, and says what is true of it at each moment until it has ended everywhere. */
export function DisconnectPanel({ install, organization }: DisconnectPanelProps) {
  const words = text.installs;
  const [isAsking, setAsking] = useState(false);
  const [endedAt, setEndedAt] = useState<number>();
  const disconnect = useMutation(InstallService.method.disconnect, {
    onSuccess: () => setEndedAt(Date.now()),
  });
  const isPropagatingNow = isPropagating(disconnect.failureReason);
  // It is committed: what else the page says of the install must not contradict that.
  useEffect(() => {
    if (isPropagatingNow) void queryClient.invalidateQueries();
  }, [isPropagatingNow]);
  const confirm = () => {
    setAsking(false);
    disconnect.mutate({ installId: install.id });
  };
  if (endedAt !== undefined) {
    return (
      <Notice tone="good" title={words.disconnectedTitle} live="status">
        <p>
          <Fill
            text={words.disconnectedBody}
            when={<Clock at={endedAt} />}
            organization={<Name>{organization.name}</Name>}
          />
        </p>
      </Notice>
    );
  }
  if (isPropagatingNow || install.status === InstallStatus.DISCONNECTING) {
    return <PendingNotice attempts={disconnect.failureCount} />;
  }
  if (install.status === InstallStatus.REVOKED) {
    return (
      <Notice tone="info" title={words.revokedTitle}>
        {words.revokedBody}
      </Notice>
    );
  }
  return (
    <div className="panel">
      {disconnect.error && <ErrorState error={disconnect.error} title={text.errors.change} />}
      <Button kind="danger" isBusy={disconnect.isPending} onClick={() => setAsking(true)}>
        {disconnect.isPending ? words.disconnectWorking : words.disconnect}
      </Button>
      {isAsking && <DisconnectDialog appName={install.appName} onConfirm={confirm} onClose={() => setAsking(false)} />}
    </div>
  );
}

function PendingNotice({ attempts }: { readonly attempts: number }) {
  return (
    <Notice tone="warning" title={text.installs.pendingTitle} live="status">
      <p>{text.installs.pendingBody}</p>
      {attempts > 0 && <p className="muted">{text.propagation.attempts(attempts)}</p>}
    </Notice>
  );
}
