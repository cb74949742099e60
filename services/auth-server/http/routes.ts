import type { FastifyInstance } from 'fastify';
import { watchMethods } from '#common/http/other-methods.ts';
import { servePublicMetadata } from '#common/http/public-metadata.ts';
import type { CallerIdentifier } from '../callers/identify-caller.ts';
import type { Config } from '../config.ts';
import type { Domain } from '../domain/domain.ts';
import type { ReadinessProbe } from '../readiness.ts';
import type { TokenStateNodes } from '../token-state/token-state-nodes.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import { openApiDocument } from './openapi/document.ts';
import { withAddresses } from './pages/page-addresses.ts';
import { SignIn } from './pages/sign-in.ts';
import { WebFiles } from './pages/web-files.ts';
import { logoFileRoutes, logoRoutes } from './routes/app-logos.ts';
import { appRoutes } from './routes/apps.ts';
import { authorizeRoutes } from './routes/authorize.ts';
import { healthRoutes } from './routes/health.ts';
import { installRoutes } from './routes/installs.ts';
import { metadataRoutes } from './routes/metadata.ts';
import { pageRoutes } from './routes/pages.ts';
import { clientRoutes } from './routes/token.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { SameCredentialQueue } from './same-credential-queue.ts';

export interface RouteDependencies {
  readonly config: Pick<Config, 'issuer' | 'resources' | 'consentPage' | 'signInUrl' | 'webRoot'>;
  readonly domain: Domain;
  readonly callers: CallerIdentifier;
  readonly limiter: FailureLimiter;
  readonly cacheNodes: Pick<TokenStateNodes, 'problem'>;
  readonly readiness: ReadinessProbe;
}

/** Adds all routes except those of RPCs. Other methods of their paths get 405. */
export function addRoutes(server: FastifyInstance, dependencies: RouteDependencies): void {
  const { config, domain, callers, limiter, cacheNodes, readiness } = dependencies;
  const { issuer, resources, consentPage } = config;
  const refuseOtherMethods = watchMethods(server);
  appRoutes(server, callers, domain.apps);
  logoRoutes(server, callers, domain.logos);
  logoFileRoutes(server, domain.logos);
  authorizeRoutes(server, callers, domain.consents, consentPage);
  installRoutes(server, callers, domain.installs);
  webhookRoutes(server, callers, domain.hooks);
  clientRoutes(server, domain, limiter, new SameCredentialQueue());
  metadataRoutes(server, issuer, { grantTypes: domain.grants.types, resources });
  servePublicMetadata(server, ['/openapi.json'], openApiDocument(issuer));
  healthRoutes(
    server,
    () => readiness.check(),
    () => cacheNodes.problem,
  );
  pageRoutes(server, callers, {
    files: new WebFiles(config.webRoot, withAddresses(issuer, resources[0] as string)),
    signIn: new SignIn(config.signInUrl, issuer),
    consentPage,
  });
  refuseOtherMethods();
}
