import type { App } from '../../../services/auth-server/domain/app/app.ts';
import type { Install } from '../../../services/auth-server/domain/install/install.ts';
import { dropInvalidations } from '../../../services/auth-server/store/authority/change-protocol.ts';
import {
  deleteInvalidations,
  overdueInvalidations,
} from '../../../services/auth-server/store/authority/pending-invalidations.ts';
import { PgAuthority } from '../../../services/auth-server/store/authority/pg-authority.ts';
import { TokenStateCache } from '../../../services/auth-server/token-state/cache.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import type { Role } from '../../../services/common/scopes/algebra.ts';
import { acknowledge, type Dimension } from '../checker/history.ts';
import { APP, EVENTS, type OneToken, ORGANIZATION, SCOPES, USER } from './one-token.ts';
import type { Context } from './variants.ts';

const SWEEPS = 2;
const SWEEP_BATCH = 100;
const INSTALL = { appId: APP, organizationId: ORGANIZATION };
/** Shared, so that changes of different dimensions do not wait for each other. Their exclusive locks are on different objects. */
const ORGANIZATIONS = { ids: [ORGANIZATION], mode: 'share' } as const;

export const setRole = (authority: PgAuthority, role: string): Promise<void> =>
  authority.change({
    locks: { organizations: ORGANIZATIONS, user: { id: USER, mode: 'update' } },
    affects: { user: USER },
    apply: ({ directory }) =>
      directory.putMembership({ organizationId: ORGANIZATION, userId: USER, role: role as Role }, new Date()),
  });

export const setScopes = (authority: PgAuthority, count: string): Promise<void> =>
  authority.change({
    locks: { organizations: ORGANIZATIONS, app: { id: APP, mode: 'update' } },
    affects: { app: APP },
    apply: async ({ apps }) => {
      const app = (await apps.findById(APP)) as App;
      await apps.update(APP, { ...app, declaredScopes: SCOPES.slice(0, Number(count)) }, new Date());
    },
  });

/** Affects only the entry of the token, which is fenced early. */
export const setEvents =
  ({ hash }: OneToken) =>
  (authority: PgAuthority, count: string): Promise<void> =>
    authority.change({
      locks: { organizations: ORGANIZATIONS, install: INSTALL },
      affects: { install: INSTALL },
      expectedAccess: hash,
      apply: async ({ installs }) => {
        const { installedBy, actorMode, grantedScopes } = (await installs.findLive(APP, ORGANIZATION)) as Install;
        const webhookEvents = EVENTS.slice(0, Number(count));
        await installs.put({ ...INSTALL, installedBy, actorMode, scopes: grantedScopes, webhookEvents }, new Date());
      },
    });

class ProcessCrashed extends Error {}

/** Sequential changes of one dimension. */
export async function runChanges(
  context: Context,
  dimension: Dimension,
  values: readonly string[],
  change: (authority: PgAuthority, value: string) => Promise<void>,
): Promise<void> {
  const { schedule, plan } = context;
  for (const [index, value] of values.entries()) {
    const name = `${dimension.name} to ${value}`;
    await schedule.point(name, 'begins');
    const version = dimension.begin(value, schedule.now);
    const authority = authorityOf(context, name, plan.crashed === dimension.name && index === 0);
    try {
      await schedule.run(() => change(authority, value));
      acknowledge(version, schedule.now);
    } catch (error) {
      if (!(error instanceof ProcessCrashed)) throw error;
      version.outcome = 'committed';
    }
  }
}

function authorityOf(context: Context, name: string, crashes: boolean): PgAuthority {
  const { token, schedule, plan } = context;
  const cache = fenceOf(context);
  const fence = plan.unfenced ? () => Promise.reject(unavailable('no fence')) : cache.fence.bind(cache);
  const fences = { names: ['main'], fence, drop: cache.drop.bind(cache) };
  return new PgAuthority({ grants: token.db, others: token.db }, fences, {
    propagationTimeoutMs: 5_000,
    async onStep(step) {
      if (crashes && step === 'committed') throw new ProcessCrashed();
      await schedule.pointWithin(name, `continues from ${step}`);
    },
  });
}

const fenceOf = ({ variant, token, schedule }: Context) =>
  variant.fence(new TokenStateCache(token.redis), token, schedule);

/** Works like InvalidationSweep, except that pending invalidations are overdue as soon as they are committed. */
export async function sweep(context: Context): Promise<void> {
  const { token, schedule } = context;
  const cache = fenceOf(context);
  for (let round = 0; round < SWEEPS; round++) {
    await schedule.point('the sweep', 'reads');
    const overdue = await schedule.run(() => overdueInvalidations(token.db, 0, SWEEP_BATCH));
    await schedule.point('the sweep', `drops ${overdue.length}`);
    await schedule.run(() => dropInvalidations(cache, overdue, ['main']));
    await schedule.point('the sweep', 'deletes');
    await schedule.run(() => deleteInvalidations(token.db, overdue));
  }
}
