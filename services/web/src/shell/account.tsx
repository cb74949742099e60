import { useQuery } from '@connectrpc/connect-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { SessionService } from '#gen/featureos/oauth/v1/session_service_pb.ts';
import { signInPath } from '../routing/paths.ts';
import { transport } from '../rpc/transport.ts';
import { text } from '../text.ts';
import { Monogram } from '../ui/monogram.tsx';
import { Name } from '../ui/name.tsx';

/**
 * The signed-in user and their organizations, read again whenever the page becomes visible or gets the focus. Uses the
 * transport without an organization, because queries are cached by transport and all organizations share this query.
 */
export const useSession = () =>
  useQuery(
    SessionService.method.getSession,
    {},
    {
      transport,
      select: ({ session }) => session,
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: 'always',
    },
  );

/** Reloads the page if another tab or window signs in as another user. A decision must be made by the user who saw the page. */
function useReloadOnUserChange(userId: bigint | undefined): void {
  const first = useRef(userId);
  useEffect(() => {
    first.current ??= userId;
    if (userId !== undefined && userId !== first.current) window.location.reload();
  }, [userId]);
}

/** The signed-in user, with `children` and a link to switch the account below the name. */
export function Account({ children }: { readonly children?: ReactNode }) {
  const { data: session } = useSession();
  useReloadOnUserChange(session?.user?.id);
  const name = session?.user?.name || text.shell.unknownUser;
  return (
    <div className="account">
      {session && (
        <>
          <Monogram name={name} seed={String(session.user?.id)} shape="person" />
          <span className="account-text">
            <Name>{name}</Name>
            {children}
            <a href={signInPath()}>{text.shell.switchAccount}</a>
          </span>
        </>
      )}
    </div>
  );
}
