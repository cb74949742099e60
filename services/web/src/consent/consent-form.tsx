import type { AuthorizationRequest } from '#gen/featureos/oauth/v1/consent_pb.ts';
import type { User } from '#gen/featureos/oauth/v1/directory_pb.ts';
import { ActorExplanation } from './actor-explanation.tsx';
import { AppIntroduction } from './app-introduction.tsx';
import { DecisionBar } from './decision-bar.tsx';
import { DifferenceNotice } from './difference-notice.tsx';
import { OpenRequests } from './open-requests.tsx';
import { OrganizationChoice } from './organization-choice.tsx';
import type { Parameters } from './parameters.ts';
import { PermissionChoice } from './permission-choice.tsx';
import { Redirecting } from './redirecting.tsx';
import { UngrantedList } from './ungranted-list.tsx';
import { mayInstallSomewhere } from './use-authorization-request.ts';
import { useChoices } from './use-choices.ts';
import { useDecision } from './use-decision.ts';
import { WithheldList } from './withheld-list.tsx';

interface ConsentFormProps {
  readonly parameters: Parameters;
  readonly prefersSandbox: boolean;
  readonly request: AuthorizationRequest;
  readonly user: User | undefined;
}

export function ConsentForm({ parameters, prefersSandbox, request, user }: ConsentFormProps) {
  const choices = useChoices(request, prefersSandbox);
  const decision = useDecision(parameters, request.actor, choices);
  const host = new URL(request.redirectUri).host;
  const mayApprove = mayInstallSomewhere(request.organizations);
  if (decision.redirectTo !== undefined) return <Redirecting host={host} redirectTo={decision.redirectTo} />;
  return (
    <article className="card consent-card" data-columns={mayApprove}>
      <div className="consent-summary">
        <AppIntroduction app={request.app} organization={choices.organization?.organization} />
        <OrganizationChoice parameters={parameters} request={request} choices={choices} />
        {mayApprove && <ActorExplanation mode={request.actor} app={request.app} user={user} />}
      </div>
      {mayApprove && (
        <div className="consent-permissions">
          <OpenRequests entry={choices.organization} />
          <DifferenceNotice request={request} choices={choices} userId={user?.id ?? 0n} />
          <PermissionChoice choices={choices} />
          <WithheldList choices={choices} />
          <UngrantedList choices={choices} />
        </div>
      )}
      <DecisionBar host={host} choices={choices} decision={decision} mayApprove={mayApprove} />
    </article>
  );
}
