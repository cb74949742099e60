import { useMutation } from '@connectrpc/connect-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { isPropagating } from '../rpc/errors.ts';
import { queryClient } from '../rpc/query-client.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';
import { ErrorState } from '../ui/states.tsx';
import { TimeOfDay } from '../ui/time.tsx';
import { DisconnectDialog } from './disconnect-dialog.tsx';

interface DisconnectPanelProps {
  readonly install: Install;
  readonly organization: OrganizationRef;
}

/** Disconnects an app; shows the progress until no server accepts its tokens. Takes the focus once the end is committed. */
export function DisconnectPanel({ install, organization }: DisconnectPanelProps) {
  const words = text.installs;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const [endedAt, setEndedAt] = useState<number>();
  const disconnect = useMutation(InstallService.method.disconnect, {
    onSuccess: () => setEndedAt(Date.now()),
  });
  const isPropagatingNow = isPropagating(disconnect.failureReason);
  // The disconnect is committed: the rest of the page must not show the install as active.
  useEffect(() => {
    if (isPropagatingNow) void queryClient.invalidateQueries();
  }, [isPropagatingNow]);
  const panel = useRef<HTMLDivElement>(null);
  const isCommitted = endedAt !== undefined || isPropagatingNow;
  useEffect(() => {
    if (isCommitted) panel.current?.focus();
  }, [isCommitted]);
  const confirm = () => {
    setDialogOpen(false);
    disconnect.mutate({ installId: install.id });
  };
  const show = (content: ReactNode) => (
    // Mounted before its content changes, because screen readers announce only changes.
    <div ref={panel} tabIndex={-1} className="panel" aria-live="polite">
      {content}
    </div>
  );
  if (endedAt !== undefined) {
    return show(
      <Notice tone="good" title={words.disconnectedTitle}>
        <p>
          <Interpolate
            text={words.disconnectedBody}
            when={<TimeOfDay at={endedAt} />}
            organization={<Name>{organization.name}</Name>}
          />
        </p>
      </Notice>,
    );
  }
  if (isPropagatingNow || install.status === InstallStatus.DISCONNECTING) {
    return show(<PendingNotice attempts={disconnect.failureCount} />);
  }
  if (install.status === InstallStatus.REVOKED) {
    return show(
      <Notice tone="info" title={words.revokedTitle}>
        {words.revokedBody}
      </Notice>,
    );
  }
  return show(
    <>
      {disconnect.error && <ErrorState error={disconnect.error} title={text.errors.change} />}
      <Button kind="danger" isBusy={disconnect.isPending} onClick={() => setDialogOpen(true)}>
        {disconnect.isPending ? words.disconnectWorking : words.disconnect}
      </Button>
      {isDialogOpen && (
        <DisconnectDialog appName={install.appName} onConfirm={confirm} onClose={() => setDialogOpen(false)}>
          {words.disconnectBody}
        </DisconnectDialog>
      )}
    </>,
  );
}

function PendingNotice({ attempts }: { readonly attempts: number }) {
  return (
    <Notice tone="warning" title={text.installs.pendingTitle}>
      <p>{text.installs.pendingBody}</p>
      {attempts > 0 && <p className="muted">{text.propagation.attempts(attempts)}</p>}
    </Notice>
  );
}
