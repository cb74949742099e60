import type { ActorMode } from '#common/scopes/algebra.ts';

/** An organization, as far as apps and installs show it. */
export interface OrganizationRef {
  readonly id: number;
  readonly subdomain: string;
  readonly name: string;
}

/** What an admin of the owner organization decides about an app. */
export interface AppFields {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly allowedActorModes: readonly ActorMode[];
  readonly declaredScopes: readonly string[];
  readonly webhookUrl: string | null;
  readonly subscribedWebhookEvents: readonly string[];
  readonly requirePkce: boolean;
}

/** A third-party application. */
export interface App extends AppFields {
  readonly id: number;
  readonly clientId: string;
  readonly ownerOrganization: OrganizationRef;
  readonly ownerSuspended: boolean;
  readonly botUserId: number;
  readonly status: 'active' | 'suspended';
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A client secret after its creation: what can still be shown. */
interface AppSecret {
  readonly hint: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** An app as its owner sees it. */
export interface AppWithSecrets extends App {
  readonly secrets: readonly AppSecret[];
}
