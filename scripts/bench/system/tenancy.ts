import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ActorMode } from '#common/scopes/algebra.ts';
import { ActorMode as ProtoActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';

/** The first id of bots (migration 0001). */
const FIRST_BOT_USER_ID = 1_000_000_000_000;
const HOURS_24_MS = 24 * 60 * 60 * 1_000;
/** The size of the range of ids for each kind (apps, organizations, users, pairs) of a tenancy. Ranges do not overlap. */
const IDS_PER_KIND = 20_000_000;

/** The first ids of the tenancies, 100 million apart, so that all can be in one database. */
export const ID_BASES = {
  live: 100_000_000,
  tokenEndpoint: 200_000_000,
  scale: 300_000_000,
  misses: 400_000_000,
  coldStart: 500_000_000,
  steadyState: 600_000_000,
  lockedApp: 1_000_000_000,
  webhookFanOut: [1_100_000_000, 1_200_000_000],
  sizeOfChange: [700_000_000, 800_000_000, 900_000_000],
} as const;

/** Defaults: both modes, three scopes. */
export interface TenancyOptions {
  readonly modes?: readonly ActorMode[];
  readonly scopes?: readonly string[];
  /** Declared by every app and granted to every install. Default: none. */
  readonly webhooks?: { readonly url: string; readonly events: readonly string[] };
}

/** An install, as tables and responses show it. */
export interface SyntheticInstall {
  readonly id: string;
  readonly appId: number;
  readonly organizationId: number;
  /** An admin of the organization. */
  readonly userId: number;
  readonly actorMode: ActorMode;
}

/**
 * Apps and organizations, every app installed in every organization; half of the installs act as the app, half as the
 * admin who installed it, unless `modes` says otherwise. Everything is derived from indexes, so nothing is stored.
 */
export class Tenancy {
  readonly apps: number;
  readonly organizations: number;
  /** Its ids start here (ID_BASES). */
  readonly idBase: number;
  readonly issuedAt = new Date();
  readonly expiresAt = new Date(this.issuedAt.getTime() + HOURS_24_MS);
  /** Declared by every app and granted to every install. */
  readonly scopes: readonly string[];
  readonly webhookUrl: string | null;
  readonly webhookEvents: readonly string[];

  readonly #modes: readonly ActorMode[];

  constructor(apps: number, organizations: number, idBase: number, options: TenancyOptions = {}) {
    this.#modes = options.modes ?? ['app', 'self'];
    this.scopes = options.scopes ?? ['posts:read', 'posts:write', 'comments:read'];
    this.webhookUrl = options.webhooks?.url ?? null;
    this.webhookEvents = options.webhooks?.events ?? [];
    this.apps = apps;
    this.organizations = organizations;
    this.idBase = idBase;
  }

  appId(index: number): number {
    return this.idBase + index;
  }

  organizationId(index: number): number {
    return this.idBase + IDS_PER_KIND + index;
  }

  /** The id of the admin of an organization. */
  userId(index: number): number {
    return this.idBase + 2 * IDS_PER_KIND + index;
  }

  /** The id of the live token pair of an install. */
  pairId(index: number): number {
    return this.idBase + 3 * IDS_PER_KIND + index;
  }

  /** The id of the organization that owns an app. */
  ownerId(appIndex: number): number {
    return this.organizationId(appIndex % this.organizations);
  }

  get installs(): number {
    return this.apps * this.organizations;
  }

  clientId(appId: number): string {
    return `foapp_${String(appId).padStart(22, '0')}`;
  }

  botUserId(appId: number): number {
    return FIRST_BOT_USER_ID + appId;
  }

  subdomain(organizationId: number): string {
    return `bench-${organizationId}`;
  }

  install(index: number): SyntheticInstall {
    const organization = Math.floor(index / this.apps);
    const [base, own] = [this.idBase.toString(16).padStart(8, '0'), index.toString(16).padStart(12, '0')];
    return {
      id: `${base}-0000-7000-8000-${own}`,
      appId: this.appId(index % this.apps),
      organizationId: this.organizationId(organization),
      userId: this.userId(organization),
      actorMode: this.#modes[index % this.#modes.length] as ActorMode,
    };
  }

  /** The expected response to introspection of the install's token. */
  response(index: number): MessageInitShape<typeof IntrospectResponseSchema> {
    const { id, appId, organizationId, userId, actorMode } = this.install(index);
    const actor =
      actorMode === 'app'
        ? { mode: ProtoActorMode.APP, userId: BigInt(this.botUserId(appId)) }
        : { mode: ProtoActorMode.SELF, userId: BigInt(userId) };
    return {
      active: true,
      clientId: this.clientId(appId),
      installId: id,
      organization: { id: BigInt(organizationId), subdomain: this.subdomain(organizationId) },
      actor,
      scopes: [...this.scopes],
      issuedAt: timestampFromDate(this.issuedAt),
      expiresAt: timestampFromDate(this.expiresAt),
    };
  }
}
