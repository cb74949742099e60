import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { PolicyRefusal } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { AdminNames } from './admin-names.tsx';

const REASONS: Partial<Record<PolicyRefusal, string>> = {
  [PolicyRefusal.APP_BLOCKED]: text.consent.refusals.blocked,
  [PolicyRefusal.APP_NOT_ALLOWED]: text.consent.refusals.notAllowed,
  [PolicyRefusal.APP_NOT_VERIFIED]: text.consent.refusals.notVerified,
  [PolicyRefusal.SCOPES_NOT_PERMITTED]: text.consent.refusals.scopes,
};

/** Why the install policy of the organization refuses the app, and whom to ask. Admins see no names: they can change the policy. */
export function PolicyReason({ entry }: { readonly entry: ConsentOrganization }) {
  const { organization, policyRefusal, adminNames } = entry;
  const words = text.consent;
  return (
    <>
      <Interpolate
        // The fallback is for a rule that is newer than these pages.
        text={REASONS[policyRefusal] ?? words.refusedBody}
        organization={<Name>{organization?.name ?? ''}</Name>}
      />
      {adminNames.length > 0 && (
        <>
          {' '}
          <Interpolate text={words.askForPolicy} admins={<AdminNames names={adminNames} />} />
        </>
      )}
    </>
  );
}
