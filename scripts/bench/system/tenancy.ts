import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ActorMode } from '#common/scopes/algebra.ts';
import { ActorMode as ProtoActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import type { IntrospectResponseSchema } from '#gen/featureos/oauth/v1/introspection_pb.ts';

/** Bots have ids from here on (migration 0001). */
const FIRST_BOT_USER_ID = 1_000_000_000_000;
const HOURS_24_MS = 24 * 60 * 60 * 1_000;

/** An install, as every table and answer tells of it. */
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
 * admin who installed it. Everything follows from an install's number, so nothing has to be remembered.
 */
export class Tenancy {
  readonly apps: number;
  readonly organizations: number;
  /** Ids of this tenancy start above it, so that several can be in one database. */
  readonly idBase: number;
  readonly issuedAt = new Date();
  readonly expiresAt = new Date(this.issuedAt.getTime() + HOURS_24_MS);
  readonly scopes = ['posts:read', 'posts:write', 'comments:read'] as const;

  constructor(apps: number, organizations: number, idBase: number) {
    this.apps = apps;
    this.organizations = organizations;
    this.idBase = idBase;
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
    const organizationId = this.idBase + 1 + Math.floor(index / this.apps);
    const [base, own] = [this.idBase.toString(16).padStart(8, '0'), index.toString(16).padStart(12, '0')];
    return {
      id: `${base}-0000-7000-8000-${own}`,
      appId: this.idBase + 1 + (index % this.apps),
      organizationId,
      userId: organizationId,
      actorMode: index % 2 === 0 ? 'app' : 'self',
    };
  }

  /** What introspection answers for the install's token. */
  answer(index: number): MessageInitShape<typeof IntrospectResponseSchema> {
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
