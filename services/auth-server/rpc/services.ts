import type { DescService } from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import { addCommonServices } from '#common/rpc/connect-server.ts';
import { HealthHandlers } from '#common/rpc/health.ts';
import { TokenStateService } from '#gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { ConsentService } from '#gen/featureos/oauth/v1/consent_service_pb.ts';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { OperatorService } from '#gen/featureos/oauth/v1/operator_service_pb.ts';
import { SessionService } from '#gen/featureos/oauth/v1/session_service_pb.ts';
import { WebhookService } from '#gen/featureos/oauth/v1/webhook_service_pb.ts';
import type { Domain } from '../domain/domain.ts';
import { appService } from './app-service.ts';
import { consentService } from './consent-service.ts';
import { directoryService } from './directory-service.ts';
import { installService } from './install-service.ts';
import { operatorService } from './operator-service.ts';
import { sessionService } from './session-service.ts';
import { tokenStateService } from './token-state-service.ts';
import { webhookService } from './webhook-service.ts';

const SERVICES: readonly DescService[] = [
  AppService,
  ConsentService,
  InstallService,
  SessionService,
  DirectoryService,
  WebhookService,
  OperatorService,
  TokenStateService,
];

/** What the web front end needs; on the HTTP port, so that pages and RPCs share an origin. */
export function addWebServices(router: ConnectRouter, domain: Domain): void {
  router.service(AppService, appService(domain.apps));
  router.service(ConsentService, consentService(domain.consents));
  router.service(InstallService, installService(domain.installs));
  router.service(SessionService, sessionService(domain.sessions));
  router.service(WebhookService, webhookService(domain.events, domain.hooks));
}

/** Everything, with health and reflection; on the gRPC port. */
export function addAllServices(router: ConnectRouter, domain: Domain, isReady: () => Promise<boolean>): void {
  addWebServices(router, domain);
  router.service(DirectoryService, directoryService(domain.directory));
  router.service(OperatorService, operatorService(domain.operators));
  router.service(TokenStateService, tokenStateService(domain.inspection, domain.usage));
  const health = new HealthHandlers(
    SERVICES.map(({ typeName }) => typeName),
    isReady,
  );
  addCommonServices(router, SERVICES, health);
}
