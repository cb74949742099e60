import type { ReactNode } from 'react';
import { type InstallRequest, InstallRequestStatus } from '#gen/featureos/oauth/v1/install_request_pb.ts';
import { requestText } from '../text-requests.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Notice } from '../ui/notice.tsx';
import { DateTime, RelativeTime } from '../ui/time.tsx';

interface RequestStateProps {
  readonly request: InstallRequest;
  readonly organization: ReactNode;
}

const words = requestText;

export function RequestState({ request, organization }: RequestStateProps) {
  const { status, requestedAt, expiresAt, decidedAt, dismissalReason } = request;
  const decided = decidedAt && <RelativeTime at={decidedAt} />;
  switch (status) {
    case InstallRequestStatus.APPROVED:
      return (
        <Notice tone="good" title={<Interpolate text={words.approved} organization={organization} when={decided} />}>
          {words.approvedBody}
        </Notice>
      );
    case InstallRequestStatus.DISMISSED:
      return (
        <Notice
          tone="warning"
          title={<Interpolate text={words.dismissed} organization={organization} when={decided} />}
        >
          <bdi>{dismissalReason}</bdi>
        </Notice>
      );
    case InstallRequestStatus.EXPIRED:
      return (
        <Notice tone="warning" title={<Interpolate text={words.expired} organization={organization} />}>
          {words.expiredBody}
        </Notice>
      );
    default: {
      const when = requestedAt && <RelativeTime at={requestedAt} />;
      return (
        <Notice
          tone="info"
          live="status"
          title={<Interpolate text={words.open} organization={organization} when={when} />}
        >
          <Interpolate text={words.openBody} date={expiresAt && <DateTime at={expiresAt} />} />
        </Notice>
      );
    }
  }
}
