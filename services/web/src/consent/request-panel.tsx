import { useState } from 'react';
import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { InstallRequestStatus } from '#gen/featureos/oauth/v1/install_request_pb.ts';
import { requestText } from '../text-requests.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import type { Parameters } from './parameters.ts';
import { RequestForm } from './request-form.tsx';
import { RequestState } from './request-state.tsx';

interface RequestPanelProps {
  readonly parameters: Parameters;
  readonly entry: ConsentOrganization;
}

/** Lets a member who may not install the app request it from the admins, and shows their decision. */
export function RequestPanel({ parameters, entry }: RequestPanelProps) {
  const { organization, ownRequest, mayRequest } = entry;
  const [isAsking, setAsking] = useState(false);
  const isOpen = ownRequest?.status === InstallRequestStatus.OPEN;
  if (!mayRequest && !ownRequest) return null;
  const name = <Name>{organization?.name ?? ''}</Name>;
  return (
    <section className="request" aria-label={organization?.name}>
      {ownRequest && !isAsking && <RequestState request={ownRequest} organization={name} />}
      {isAsking && (
        <RequestForm
          parameters={parameters}
          organizationId={organization?.id ?? 0n}
          title={<Interpolate text={requestText.requestIn} organization={name} />}
          onClose={() => setAsking(false)}
        />
      )}
      {mayRequest && !isOpen && !isAsking && (
        <Button onClick={() => setAsking(true)}>{ownRequest ? requestText.again : requestText.request}</Button>
      )}
    </section>
  );
}
