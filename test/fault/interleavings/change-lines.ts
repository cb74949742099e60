import type { App } from '../../../services/auth-server/domain/app/app.ts';
import type { Install } from '../../../services/auth-server/domain/install/install.ts';
import { PgAuthority } from '../../../services/auth-server/store/pg-authority.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import type { Role } from '../../../services/common/scopes/algebra.ts';
import { TokenStateCache, type TokenStateFence } from '../../../services/common/token-state/cache.ts';
import { type Dimension, settle } from '../checker/history.ts';
import type { Schedule } from './schedule.ts';
import { APP, EVENTS, ORGANIZATION, SCOPES, type SmallWorld, USER } from './small-world.ts';
import type { Variant } from './variant.ts';

/** Changes of one dimension, one after another. */
export interface ChangeLine {
  readonly world: SmallWorld;
  readonly schedule: Schedule;
  readonly variant: Variant;
  readonly dimension: Dimension;
  readonly values: readonly string[];
  readonly unfenced: boolean;
  readonly dies: boolean;
  readonly change: (authority: PgAuthority, value: string) => Promise<void>;
}

/** Under the user's lock; the other lines take the app's and the install's, so that none waits for another. */
export function setRole(authority: PgAuthority, role: string): Promise<void> {
  return authority.change({
    locks: { organizations: { ids: [ORGANIZATION], mode: 'share' }, user: { id: USER, mode: 'update' } },
    affects: { user: USER, organization: ORGANIZATION },
    ifCacheUnreachable: 'commit',
    apply: ({ directory }) =>
      directory.putMembership({ organizationId: ORGANIZATION, userId: USER, role: role as Role }, new Date()),
  });
}

export function cutScopes(authority: PgAuthority, count: string): Promise<void> {
  const declaredScopes = SCOPES.slice(0, Number(count));
  return authority.change({
    locks: { organizations: { ids: [ORGANIZATION], mode: 'share' }, app: { id: APP, mode: 'update' } },
    affects: { app: APP },
    ifCacheUnreachable: 'commit',
    apply: async ({ apps }) => {
      const app = (await apps.findById(APP)) as App;
      await apps.update(APP, { ...app, declaredScopes }, new Date());
    },
  });
}

/** Of the install alone: its key is the token's own entry. */
export function cutEvents(authority: PgAuthority, count: string): Promise<void> {
  const install = { appId: APP, organizationId: ORGANIZATION };
  return authority.change({
    locks: { organizations: { ids: [ORGANIZATION], mode: 'share' }, install },
    affects: { install },
    ifCacheUnreachable: 'commit',
    apply: async ({ installs }) => {
      const before = (await installs.findLive(APP, ORGANIZATION)) as Install;
      const webhookEvents = EVENTS.slice(0, Number(count));
      const { appId, installedBy, actorMode, grantedScopes: scopes } = before;
      await installs.put(
        { appId, organizationId: ORGANIZATION, installedBy, actorMode, scopes, webhookEvents },
        new Date(),
      );
    },
  });
}

class Death extends Error {}

export async function runLine(line: ChangeLine): Promise<void> {
  const { schedule, dimension, values, change, dies } = line;
  for (const [index, value] of values.entries()) {
    const name = `${dimension.name} to ${value}`;
    await schedule.beside(name, 'begins');
    const version = dimension.begin(value, schedule.now);
    const authority = authorityOf(line, name, dies && index === 0);
    try {
      await schedule.does(() => change(authority, value));
      settle.acknowledged(version, schedule.now);
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      settle.committed(version);
    }
  }
}

function authorityOf({ world, schedule, variant, unfenced }: ChangeLine, name: string, dies: boolean): PgAuthority {
  const cache = variant.fence(new TokenStateCache(world.redis), world, schedule);
  return new PgAuthority({ grants: world.db, others: world.db }, unfenced ? failingToFence(cache) : cache, {
    propagationTimeoutMs: 5_000,
    async onStep(step) {
      if (dies && step === 'committed') throw new Death();
      await schedule.point(name, `goes on from ${step}`);
    },
  });
}

function failingToFence(cache: TokenStateFence): TokenStateFence {
  return {
    drop: (changeId, keys) => cache.drop(changeId, keys),
    fence: async () => {
      throw unavailable('no fence');
    },
  };
}
