import { useQuery } from '@connectrpc/connect-query';
import { SessionService } from '#gen/featureos/oauth/v1/session_service_pb.ts';
import { signInAddress } from '../routing/addresses.ts';
import { text } from '../text.ts';
import { Monogram } from '../ui/monogram.tsx';
import { Name } from '../ui/name.tsx';

/** Who is signed in, read once for the page. */
export const useSession = () =>
  useQuery(
    SessionService.method.getSession,
    {},
    { select: ({ session }) => session, staleTime: Number.POSITIVE_INFINITY },
  );

export function Account() {
  const { data: session } = useSession();
  const name = session?.user?.name || text.shell.nobody;
  return (
    <div className="account">
      {session && (
        <>
          <Monogram name={name} seed={String(session.user?.id)} shape="person" />
          <span className="account-text">
            <Name>{name}</Name>
            <a href={signInAddress()}>{text.shell.switchAccount}</a>
          </span>
        </>
      )}
    </div>
  );
}
