import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { reasonOf } from '../rpc/errors.ts';
import { Account, useSession } from '../shell/account.tsx';
import { Brand } from '../shell/brand.tsx';
import { text } from '../text.ts';
import { QueryView } from '../ui/query-view.tsx';
import { CardSkeleton } from '../ui/skeleton.tsx';
import { ConsentForm } from './consent-form.tsx';
import { InvalidRequest } from './invalid-request.tsx';
import type { Parameters } from './parameters.ts';
import { useAuthorizationRequest } from './use-authorization-request.ts';

interface ConsentPageProps {
  readonly parameters: Parameters;
  /** Whether to preselect the sandbox of the owner of the app. */
  readonly prefersSandbox: boolean;
}

/** Asks an admin whether to install an app. Other users can request it from the admins, or decline. */
export function ConsentPage(props: ConsentPageProps) {
  return (
    <div className="consent-page">
      <header className="consent-top">
        <Brand />
        <Account />
      </header>
      <main className="consent-main">
        <ConsentRequest {...props} />
      </main>
    </div>
  );
}

function ConsentRequest({ parameters, prefersSandbox }: ConsentPageProps) {
  const session = useSession();
  const request = useAuthorizationRequest(parameters);
  if (reasonOf(request.error) === ErrorReason.AUTHORIZATION_REFUSED) {
    return <InvalidRequest error={request.error} redirectUri={parameters.redirectUri ?? ''} />;
  }
  const loadedRequest = request.data?.pages[0]?.authorizationRequest;
  const query = {
    data: loadedRequest && session.data && { request: loadedRequest, user: session.data.user },
    error: request.error ?? session.error,
    refetch: () => Promise.all([request.refetch(), session.refetch()]),
  };
  return (
    <QueryView query={query} skeleton={<CardSkeleton />} title={text.pages.consent}>
      {({ request: loaded, user }) => (
        <ConsentForm parameters={parameters} prefersSandbox={prefersSandbox} request={loaded} user={user} />
      )}
    </QueryView>
  );
}
