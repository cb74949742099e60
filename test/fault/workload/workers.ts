import type { ApiClient } from '../cluster/api-client.ts';
import { type LoadContext, pause, repeat } from './load-context.ts';
import type { Tenant } from './tenant.ts';
import { changeRole, changeSubdomain, changeSuspension, flipRole, narrowApp, widenApp } from './tenant-changes.ts';
import { tokenLifecycle } from './token-lifecycle.ts';

export interface WorkerConfig {
  /** Two auth-servers, or the same one twice. */
  readonly clients: readonly [ApiClient, ApiClient];
  /** The average pause of a worker between two steps. */
  readonly pauseMs: number;
}

/** Runs the workers of a tenant concurrently. Each makes one change at a time; no two change the same dimension. */
export async function runWorkers(
  context: LoadContext,
  tenant: Tenant,
  { clients: [first, second], pauseMs }: WorkerConfig,
): Promise<void> {
  const { random, closing } = context;
  const tokens = tokenLifecycle(tenant, second, context);
  const ends = [
    () => tokens.disconnect(),
    () => tokens.revokeByOperator(),
    () => tokens.revokeByRefreshToken(),
    () => tokens.revokeAccess(),
    () => tokens.replayCode(),
    // The exchange ends the live pair of the install.
    () => tokens.install(),
  ];
  const steps = [
    async () => {
      if (!tokens.hasLiveToken()) await (random.chance(0.2) ? tokens.refresh() : tokens.install());
      else if (random.chance(0.5)) await tokens.refresh();
      else await random.pick(ends)();
    },
    async () => {
      const removes = tenant.role.value === 'admin' && random.chance(0.2);
      await (removes ? changeRole(context, first, tenant, 'none') : flipRole(context, first, tenant));
    },
    async () => {
      const suspended = random.chance(0.5) ? 'app' : 'owner';
      await changeSuspension(context, second, tenant, 'suspended', suspended);
      await pause(closing, pauseMs / 3);
      // A suspension ends only where it was set: on the app or on its owner.
      while (tenant.suspension.value === 'suspended' && !closing.aborted) {
        await changeSuspension(context, second, tenant, 'active', suspended);
      }
    },
    () => changeSubdomain(context, first, tenant),
    // Fences and drops the app's stamp and changes no response. The fences of concurrent changes must remain.
    async () => {
      if (await widenApp(first, tenant)) await narrowApp(first, tenant);
    },
  ];
  await Promise.all(steps.map((step) => repeat(context, pauseMs, step)));
}
