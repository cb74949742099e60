import type { DescService } from '@bufbuild/protobuf';
import type { UnaryServices } from '#common/rpc/unary-handlers.ts';
import { TokenStateService } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { ConsentService } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { InstallPolicyService } from '#gen/featureos/oauth/v1/install_policy_service_pb.ts';
import { InstallRequestService } from '#gen/featureos/oauth/v1/install_request_service_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { OperatorService } from '#gen/featureos/oauth/v1/operator_service_pb.ts';
import { OwnInstallService } from '#gen/featureos/oauth/v1/own_install_service_pb.ts';
import { SessionService } from '#gen/featureos/oauth/v1/session_service_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import type { Domain } from '../domain/domain.ts';
import { appService } from './app-service.ts';
import { consentService } from './consent-service.ts';
import { directoryService } from './directory-service.ts';
import { installPolicyService } from './install-policy-service.ts';
import { installRequestService } from './install-request-service.ts';
import { installService } from './install-service.ts';
import { operatorService } from './operator-service.ts';
import { ownInstallService } from './own-install-service.ts';
import { sessionService } from './session-service.ts';
import { tokenStateService } from './token-state-service.ts';
import { webhookService } from './webhook-service.ts';

/** The services of the gRPC port; each method names its callers. */
export const PUBLIC_SERVICES: readonly DescService[] = [
  AppService,
  ConsentService,
  InstallService,
  InstallPolicyService,
  InstallRequestService,
  OwnInstallService,
  SessionService,
  DirectoryService,
  WebhookService,
  OperatorService,
];

export const INTERNAL_SERVICES: readonly DescService[] = [TokenStateService];

/** Adds the public services. The HTTP port, where the pages call them, serves only the methods for users. */
export function addPublicServices(services: UnaryServices, domain: Domain): void {
  services.add(AppService, appService(domain.apps, domain.sandboxes));
  services.add(ConsentService, consentService(domain.consents));
  services.add(InstallService, installService(domain.installs));
  services.add(InstallPolicyService, installPolicyService(domain.installPolicies));
  services.add(InstallRequestService, installRequestService(domain.installRequests));
  services.add(OwnInstallService, ownInstallService(domain.ownInstalls));
  services.add(SessionService, sessionService(domain.sessions));
  services.add(DirectoryService, directoryService(domain.directory));
  services.add(WebhookService, webhookService(domain.events, domain.hooks, domain.testEvents));
  services.add(OperatorService, operatorService(domain.operators, domain.explainer, domain.installPolicies));
}

/** Adds the services of the internal port, which only introspection calls. */
export function addInternalServices(services: UnaryServices, domain: Domain): void {
  services.add(TokenStateService, tokenStateService(domain.inspection, domain.installUsage));
}
