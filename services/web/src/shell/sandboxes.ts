import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import type { SessionOrganization } from '#gen/featureos/oauth/v1/session_pb.ts';
import { useSession } from './account.tsx';

export const isSandbox = ({ sandboxOf }: SessionOrganization): boolean => sandboxOf !== 0n;

/** The sandbox of one of the user's organizations; undefined if there is none, and until the session is loaded. */
export function useSandboxOf({ id }: OrganizationRef): OrganizationRef | undefined {
  const { data: session } = useSession();
  return session?.organizations.find(({ sandboxOf }) => sandboxOf === id)?.organization;
}

/** Whether the organization is a sandbox of which the user is a member. False until the session is loaded. */
export function useIsSandbox(organization: OrganizationRef | undefined): boolean {
  const { data: session } = useSession();
  const entry = session?.organizations.find((each) => each.organization?.id === organization?.id);
  return entry !== undefined && isSandbox(entry);
}
