import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';

export interface AppViewProps {
  readonly app: App;
  readonly organization: OrganizationRef;
}
