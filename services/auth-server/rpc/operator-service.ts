import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Secret } from '#common/credentials/secret.ts';
import { invalidFields, invalidRequest } from '#common/errors/app-error.ts';
import type { UnaryHandlers } from '#common/rpc/unary-handlers.ts';
import {
  AppUpdateReason,
  type ExplainTokenRequest,
  type FindInstallRequest,
  type ListAuditEventsRequest,
  type OperatorService,
} from '#gen/featureos/oauth/v1/operator_service_pb.ts';
import type { AppUpdateProgress } from '../domain/app/app-update-store.ts';
import type { AuditFilter } from '../domain/audit-store.ts';
import { type InstallId, isInstallId } from '../domain/ids.ts';
import type { InstallPolicyManager } from '../domain/install-policy/install-policy-manager.ts';
import type { OperatorManager } from '../domain/operator-manager.ts';
import type { TokenExplainer } from '../domain/token/token-explainer.ts';
import type { TokenExplanation } from '../domain/token/token-explanation.ts';
import {
  fromProtoOrganizationId,
  fromProtoPaging,
  fromProtoUserId,
  toProtoInstall,
  toProtoOrganization,
} from './convert.ts';
import { toProtoApp } from './convert-app.ts';
import { toProtoAuditEvent } from './convert-audit.ts';
import { toProtoExplanation, toProtoInvalidation } from './convert-explanation.ts';
import { fromProtoPolicy, toProtoPolicyView } from './convert-policy.ts';
import { fromProtoVerification } from './convert-profile.ts';
import { initiatorOf } from './request-context.ts';

/** Usually keeps a response below the 4 MiB that gRPC clients accept by default, unless many events have long details. */
const MAX_EXPORTED = 1_000;
const MAX_REASON_LENGTH = 500;
const SHA256 = /^[0-9a-f]{64}$/i;

const UPDATE_REASONS: Record<AppUpdateProgress['reason'], AppUpdateReason> = {
  narrowed: AppUpdateReason.NARROWED,
  deleted: AppUpdateReason.DELETED,
  organization_deleted: AppUpdateReason.ORGANIZATION_DELETED,
};

export function operatorService(
  operators: OperatorManager,
  explainer: TokenExplainer,
  policies: InstallPolicyManager,
): UnaryHandlers<typeof OperatorService> {
  return {
    async findApp({ clientId }) {
      const { app, installs } = await operators.findApp(clientId);
      return { app: toProtoApp(app), installs: installs.map(toProtoInstall) };
    },
    async findInstall({ by }) {
      return { install: toProtoInstall(await findInstall(operators, by)) };
    },
    async explainToken({ by }) {
      return toProtoExplanation(await explain(explainer, by));
    },
    async suspendApp({ clientId, reason }, context) {
      return {
        app: toProtoApp(await operators.setAppStatus(clientId, 'suspended', checkReason(reason), initiatorOf(context))),
      };
    },
    async resumeApp({ clientId, reason }, context) {
      return {
        app: toProtoApp(await operators.setAppStatus(clientId, 'active', checkReason(reason), initiatorOf(context))),
      };
    },
    async setAppVerification({ clientId, verification, reason, reviewedUpdatedAt }, context) {
      const review = {
        verification: fromProtoVerification(verification),
        reviewedUpdatedAt: reviewedUpdatedAt && timestampDate(reviewedUpdatedAt),
      };
      const app = await operators.setAppVerification(clientId, review, checkReason(reason), initiatorOf(context));
      return { app: toProtoApp(app) };
    },
    async findOrganization({ organizationId }) {
      const organization = await operators.findOrganization(fromProtoOrganizationId(organizationId));
      return { organization: toProtoOrganization(organization) };
    },
    async suspendOrganization({ organizationId, reason }, context) {
      const id = fromProtoOrganizationId(organizationId);
      const suspended = operators.setOrganizationStatus(id, 'suspended', checkReason(reason), initiatorOf(context));
      return { organization: toProtoOrganization(await suspended) };
    },
    async resumeOrganization({ organizationId, reason }, context) {
      const id = fromProtoOrganizationId(organizationId);
      const resumed = operators.setOrganizationStatus(id, 'active', checkReason(reason), initiatorOf(context));
      return { organization: toProtoOrganization(await resumed) };
    },
    async findInstallPolicy({ organizationId }) {
      return toProtoPolicyView(await policies.getForOperator(fromProtoOrganizationId(organizationId)));
    },
    async setInstallPolicy({ organizationId, policy, reason }, context) {
      const id = fromProtoOrganizationId(organizationId);
      const input = fromProtoPolicy(policy);
      return toProtoPolicyView(await policies.putForOperator(id, input, checkReason(reason), initiatorOf(context)));
    },
    async revokeInstall({ installId, reason }, context) {
      await operators.revokeInstall(installId, checkReason(reason), initiatorOf(context));
      return {};
    },
    revokeInstallsOfUser({ userId, reason }, context) {
      return operators.revokeInstallsOfUser(fromProtoUserId(userId), checkReason(reason), initiatorOf(context));
    },
    async listPendingAppUpdates({ clientId }) {
      const updates = await operators.listPendingAppUpdates(clientId === '' ? undefined : clientId);
      return {
        updates: updates.map(({ clientId, organizationId, reason, createdAt, installsDone }) => ({
          clientId: clientId ?? '',
          organizationId: BigInt(organizationId ?? 0),
          installsDone,
          reason: UPDATE_REASONS[reason],
          createdAt: timestampFromDate(createdAt),
        })),
      };
    },
    async listPendingInvalidations() {
      const { invalidations, totalCount, redisProblem } = await operators.listPendingInvalidations();
      return { invalidations: invalidations.map(toProtoInvalidation), totalCount, redisProblem: redisProblem ?? '' };
    },
    async listAuditEvents(request) {
      return {
        events: (await operators.listAuditEvents(toAuditFilter(request), fromProtoPaging(request))).map(
          toProtoAuditEvent,
        ),
      };
    },
    async exportAuditEvents({ afterId, limit }) {
      if (afterId < 0n || afterId > BigInt(Number.MAX_SAFE_INTEGER) || limit > MAX_EXPORTED) {
        throw invalidRequest(`after_id must be the id of an event or 0, and limit at most ${MAX_EXPORTED}`);
      }
      const exported = await operators.exportAuditEvents(Number(afterId), limit === 0 ? MAX_EXPORTED : limit);
      return { events: exported.events.map(toProtoAuditEvent), laterEventsPending: exported.areLaterPending };
    },
  };
}

function findInstall(operators: OperatorManager, by: FindInstallRequest['by']) {
  if (by.case === 'installId') return operators.findInstall(by.value);
  if (by.case === 'token') return operators.findInstallByToken(by.value);
  throw invalidFields([{ field: 'by', message: 'must be install_id or token' }]);
}

function explain(explainer: TokenExplainer, by: ExplainTokenRequest['by']): Promise<TokenExplanation> {
  if (by.case === 'token') return explainer.explain(new Secret(by.value));
  if (by.case === 'tokenSha256' && SHA256.test(by.value)) return explainer.explainHash(Buffer.from(by.value, 'hex'));
  throw invalidFields([{ field: 'by', message: 'must be token, or token_sha256 of 64 hex digits' }]);
}

function toAuditFilter(request: ListAuditEventsRequest): AuditFilter {
  const { organizationId, clientId, installId, action, performedBy, occurredFrom, occurredBefore } = request;
  return {
    ...(organizationId !== 0n && { organizationId: fromProtoOrganizationId(organizationId) }),
    ...(clientId !== '' && { clientId }),
    ...(installId !== '' && { installId: checkInstallId(installId) }),
    ...(action !== '' && { action }),
    ...(performedBy !== '' && { performedBy }),
    ...(occurredFrom && { occurredFrom: timestampDate(occurredFrom) }),
    ...(occurredBefore && { occurredBefore: timestampDate(occurredBefore) }),
  };
}

function checkInstallId(installId: string): InstallId {
  if (isInstallId(installId)) return installId;
  throw invalidFields([{ field: 'install_id', message: 'must be a UUID' }]);
}

function checkReason(reason: string): string {
  if (reason.trim() === '' || reason.length > MAX_REASON_LENGTH) {
    throw invalidFields([
      { field: 'reason', message: `must be 1 to ${MAX_REASON_LENGTH} characters and not blank, for the audit log` },
    ]);
  }
  return reason;
}
