import { useQuery } from '@connectrpc/connect-query';
import { useEffect, useRef } from 'react';
import { SessionService } from '#gen/featureos/oauth/v1/session_service_pb.ts';
import { signInAddress } from '../routing/addresses.ts';
import { text } from '../text.ts';
import { Monogram } from '../ui/monogram.tsx';
import { Name } from '../ui/name.tsx';

/** Who is signed in, read once for the page and again when somebody comes back to it. */
export const useSession = () =>
  useQuery(
    SessionService.method.getSession,
    {},
    { select: ({ session }) => session, staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: 'always' },
  );

/** The cookie is shared by all tabs: what was shown to one person is not decided by another who signed in meanwhile. */
function useSamePerson(userId: bigint | undefined): void {
  const first = useRef(userId);
  useEffect(() => {
    first.current ??= userId;
    if (userId !== undefined && userId !== first.current) window.location.reload();
  }, [userId]);
}

export function Account() {
  const { data: session } = useSession();
  useSamePerson(session?.user?.id);
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
