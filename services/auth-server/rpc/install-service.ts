import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  type InstallService,
  type ListInstallsRequest,
  ActivityPerformer as ProtoActivityPerformer,
  InstallOrder as ProtoInstallOrder,
} from '#gen/featureos/oauth/v1/install_service_pb.ts';
import type { ActivityPerformer, InstallActivity } from '../domain/audit-store.ts';
import type { InstallFilterRequest, InstallOrder } from '../domain/install/install-filter.ts';
import type { InstallManager } from '../domain/install/install-manager.ts';
import { fromProtoPaging, toProtoInstall } from './convert.ts';
import { adminRequestOf } from './request-context.ts';

const ORDERS: Record<ProtoInstallOrder, InstallOrder> = {
  [ProtoInstallOrder.UNSPECIFIED]: 'newest',
  [ProtoInstallOrder.APP_NAME]: 'app_name',
  [ProtoInstallOrder.LEAST_RECENTLY_USED]: 'least_recently_used',
};

export function installService(installs: InstallManager): UnaryHandlers<typeof InstallService> {
  return {
    async listInstalls(request, context) {
      const page = await installs.list(adminRequestOf(context), fromProtoFilter(request), fromProtoPaging(request));
      return { installs: page.map(toProtoInstall) };
    },
    async getInstall({ installId }, context) {
      return { install: toProtoInstall(await installs.get(adminRequestOf(context), installId)) };
    },
    async listInstallActivity(request, context) {
      const paging = fromProtoPaging(request);
      const page = await installs.listActivity(adminRequestOf(context), request.installId, paging);
      return { activity: page.map(toProtoActivity) };
    },
    async disconnect({ installId }, context) {
      await installs.disconnect(adminRequestOf(context), installId);
      return {};
    },
  };
}

const PERFORMERS: Record<ActivityPerformer, ProtoActivityPerformer> = {
  user: ProtoActivityPerformer.USER,
  app: ProtoActivityPerformer.APP,
  app_owner: ProtoActivityPerformer.APP_OWNER,
  platform: ProtoActivityPerformer.PLATFORM,
};

const toProtoActivity = ({ occurredAt, performer, details, ...activity }: InstallActivity) => ({
  ...activity,
  occurredAt: timestampFromDate(occurredAt),
  performer: PERFORMERS[performer],
  details: { ...details },
});

/** An unknown order counts as the default, newest first. */
function fromProtoFilter(request: ListInstallsRequest): InstallFilterRequest {
  const { search, anyOfScopes, unusedDays, actsAsFormerMember, beforeInstallId: before, order } = request;
  return { search, anyOfScopes, unusedDays, actsAsFormerMember, before, order: ORDERS[order] ?? 'newest' };
}
