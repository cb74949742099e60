import { InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';
import { text } from '../text.ts';
import { Tag } from '../ui/tag.tsx';

export function InstallStatusTag({ status }: { readonly status: InstallStatus }) {
  switch (status) {
    case InstallStatus.ACTIVE:
      return <Tag tone="good">{text.installs.active}</Tag>;
    case InstallStatus.DISCONNECTING:
      return <Tag tone="warning">{text.installs.disconnecting}</Tag>;
    default:
      return <Tag>{text.installs.revoked}</Tag>;
  }
}
