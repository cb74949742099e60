import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { text } from '../text.ts';
import { Tag } from '../ui/tag.tsx';
import { useIsSandbox } from './sandboxes.ts';

/** Marks a sandbox. Renders nothing for other organizations. */
export function SandboxTag({ organization }: { readonly organization: OrganizationRef | undefined }) {
  return useIsSandbox(organization) && <Tag>{text.sandbox.tag}</Tag>;
}
