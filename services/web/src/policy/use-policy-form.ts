import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { InstallPolicy } from '#gen/featureos/oauth/v1/install_policy_pb.ts';
import { InstallPolicyService } from '#gen/featureos/oauth/v1/install_policy_service_pb.ts';

/** A list of client ids, and what is typed in the field that adds to it. */
export interface AppListState {
  readonly clientIds: readonly string[];
  readonly typed: string;
}

export interface PolicyFields {
  readonly membersMayRequest: boolean;
  readonly onlyVerifiedApps: boolean;
  readonly allowed: AppListState;
  readonly blocked: AppListState;
  readonly limitsScopes: boolean;
  readonly scopes: ReadonlySet<string>;
}

/** Adds the client id in the text field to the list: when the button is pressed, and on submit. */
export function withTyped({ clientIds, typed }: AppListState): AppListState {
  const clientId = typed.trim();
  return clientId === '' ? { clientIds, typed } : { clientIds: [...new Set([...clientIds, clientId])], typed: '' };
}

/** Whether the limit excludes every permission. Such a form is not submitted: for the server an empty list is no limit. */
export const isWithoutScope = ({ limitsScopes, scopes }: PolicyFields): boolean => limitsScopes && scopes.size === 0;

export function usePolicyForm(policy: InstallPolicy) {
  const save = useMutation(InstallPolicyService.method.putInstallPolicy);
  const [fields, setFields] = useState<PolicyFields>({
    membersMayRequest: policy.membersMayRequest,
    onlyVerifiedApps: policy.onlyVerifiedApps,
    allowed: { clientIds: policy.allowedApps, typed: '' },
    blocked: { clientIds: policy.blockedApps, typed: '' },
    limitsScopes: policy.permittedScopes.length > 0,
    scopes: new Set(policy.permittedScopes),
  });
  return {
    save,
    fields,
    set(change: Partial<PolicyFields>): void {
      save.reset();
      setFields({ ...fields, ...change });
    },
    submit(): void {
      if (save.isPending || isWithoutScope(fields)) return;
      const complete = { ...fields, allowed: withTyped(fields.allowed), blocked: withTyped(fields.blocked) };
      setFields(complete);
      save.mutate({
        policy: {
          membersMayRequest: complete.membersMayRequest,
          onlyVerifiedApps: complete.onlyVerifiedApps,
          allowedApps: [...complete.allowed.clientIds],
          blockedApps: [...complete.blocked.clientIds],
          permittedScopes: complete.limitsScopes ? [...complete.scopes] : [],
        },
      });
    },
  };
}
