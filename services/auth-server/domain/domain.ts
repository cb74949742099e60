import type { CredentialFormat } from '#common/credentials/format.ts';
import type { Clock } from '#common/process/clock.ts';
import type { CacheInspector } from '../token-state/cache-inspector.ts';
import type { TokenStateNodes } from '../token-state/token-state-nodes.ts';
import { ApiResources } from './api-resources.ts';
import { AppFieldRules } from './app/app-field-rules.ts';
import { AppLogos, type LogoEncoder } from './app/app-logos.ts';
import { AppManager } from './app/app-manager.ts';
import type { AppUpdates } from './app/app-updates.ts';
import { ClientAuthenticator } from './app/client-authenticator.ts';
import type { FailedRequest } from './app/failed-request-store.ts';
import type { Authority } from './authority.ts';
import { AuthorizationResponder } from './consent/authorization-response.ts';
import { ConsentManager } from './consent/consent-manager.ts';
import { DirectoryManager } from './directory/directory-manager.ts';
import { SandboxManager } from './directory/sandbox-manager.ts';
import type { InstallId, SecretId } from './ids.ts';
import { InstallManager } from './install/install-manager.ts';
import { OwnInstallManager } from './install/own-install-manager.ts';
import { InstallPolicyManager } from './install-policy/install-policy-manager.ts';
import { InstallRequestManager } from './install-request/install-request-manager.ts';
import { OperatorManager } from './operator-manager.ts';
import { SessionManager } from './session.ts';
import type { Database } from './stores.ts';
import { AuthorizationCodeGrant } from './token/grants/authorization-code.ts';
import { PairIssuer } from './token/grants/pair-issuer.ts';
import { RefreshTokenGrant } from './token/grants/refresh-token.ts';
import { RepeatedRefresh } from './token/grants/repeated-refresh.ts';
import { TokenGrants } from './token/grants/token-grants.ts';
import { TokenRevocation } from './token/revocation.ts';
import { TokenExplainer } from './token/token-explainer.ts';
import { TokenInspection } from './token/token-inspection.ts';
import { EventPublisher } from './webhook/event-publisher.ts';
import { HookManager } from './webhook/hook-manager.ts';
import { TestEvents } from './webhook/test-events.ts';
import type { WebhookSigner } from './webhook/webhook-signer.ts';
import type { ReceiverPolicy } from './webhook/webhook-url.ts';

/** Collects ids in use, for `last_used_at`. */
export interface UsageBuffer<Id> {
  /** Ignored if `expiresAt` has passed. */
  record(id: Id, expiresAt?: Date): void;
}

/** Collects the failed requests of apps, for their developers. */
export interface FailedRequestBuffer {
  record(request: FailedRequest): void;
}

/** What auth-server does, independent of the transport. */
export interface Domain {
  readonly apps: AppManager;
  readonly logos: AppLogos;
  readonly consents: ConsentManager;
  readonly installs: InstallManager;
  readonly installPolicies: InstallPolicyManager;
  readonly installRequests: InstallRequestManager;
  readonly ownInstalls: OwnInstallManager;
  readonly sandboxes: SandboxManager;
  readonly sessions: SessionManager;
  readonly directory: DirectoryManager;
  readonly operators: OperatorManager;
  readonly explainer: TokenExplainer;
  readonly clients: ClientAuthenticator;
  /** For the token endpoint; see DomainDependencies.grantDatabase. */
  readonly grantClients: ClientAuthenticator;
  readonly grants: TokenGrants;
  readonly revocation: TokenRevocation;
  readonly inspection: TokenInspection;
  readonly installUsage: UsageBuffer<InstallId>;
  readonly secretUsage: UsageBuffer<SecretId>;
  readonly failedRequests: FailedRequestBuffer;
  readonly events: EventPublisher;
  readonly hooks: HookManager;
  readonly testEvents: TestEvents;
}

export interface DomainDependencies {
  readonly database: Database;
  /** The same database over a separate connection pool, for the token endpoint. */
  readonly grantDatabase: Database;
  readonly authority: Authority;
  readonly appUpdates: AppUpdates;
  /** Starts the job that updates install rows after a change. */
  readonly wakeAppUpdates: () => void;
  readonly format: CredentialFormat;
  readonly signer: WebhookSigner;
  readonly receivers: ReceiverPolicy;
  readonly issuer: string;
  /** The addresses of the API; see ApiResources. */
  readonly resources: readonly string[];
  readonly clock: Clock;
  /** How long a refresh can be repeated; 0: never. */
  readonly refreshRepeatSeconds: number;
  /** Per install; 0: no limit. */
  readonly refreshesPerMinute: number;
  readonly logoEncoder: LogoEncoder;
  /** Reads stamps on a cache node. */
  readonly stamps: Pick<TokenStateNodes, 'stampsAt'>;
  readonly cache: CacheInspector;
  readonly installUsage: UsageBuffer<InstallId>;
  readonly secretUsage: UsageBuffer<SecretId>;
  readonly failedRequests: FailedRequestBuffer;
}

export function buildDomain(dependencies: DomainDependencies): Domain {
  const { database, grantDatabase, authority, format, signer, receivers, issuer, clock, stamps, cache } = dependencies;
  const { installUsage, secretUsage, failedRequests, refreshRepeatSeconds, refreshesPerMinute } = dependencies;
  const installs = new InstallManager(database, authority, clock);
  const repeated = new RepeatedRefresh(grantDatabase, installs, format, clock, refreshRepeatSeconds);
  const pairs = new PairIssuer(authority, clock);
  const apiResources = new ApiResources(dependencies.resources);
  const apps = new AppManager(dependencies, new AppFieldRules(receivers));
  const authorizationRules = { responder: new AuthorizationResponder(issuer), apiResources };
  return {
    apps,
    logos: new AppLogos(database, apps, dependencies.logoEncoder, clock),
    consents: new ConsentManager(database, format, authorizationRules, clock),
    installs,
    installPolicies: new InstallPolicyManager(database, clock),
    installRequests: new InstallRequestManager(database, authorizationRules, clock),
    ownInstalls: new OwnInstallManager(database, installs),
    sandboxes: new SandboxManager(database, clock),
    sessions: new SessionManager(database),
    directory: new DirectoryManager(dependencies),
    operators: new OperatorManager({ database, authority, installs, cache, format, clock }),
    explainer: new TokenExplainer(database, cache, format, clock),
    clients: new ClientAuthenticator(database, format, clock),
    grantClients: new ClientAuthenticator(grantDatabase, format, clock),
    grants: new TokenGrants(
      [
        new AuthorizationCodeGrant(pairs, authority, format, clock),
        new RefreshTokenGrant({ database: grantDatabase, pairs, repeated, format, clock, refreshesPerMinute }),
      ],
      apiResources,
    ),
    revocation: new TokenRevocation(database, authority, installs, format, clock),
    inspection: new TokenInspection(database, stamps, format, clock),
    installUsage,
    secretUsage,
    failedRequests,
    events: new EventPublisher(database.stores.events, clock),
    hooks: new HookManager(database, apps, signer, clock),
    testEvents: new TestEvents(database, apps, clock),
  };
}
