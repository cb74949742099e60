import { expect } from 'vitest';
import type { World } from '../../support/world.ts';
import type { Cluster } from '../cluster/cluster.ts';

const WARM_UP_TIMES = 4;
const TIMES = 20;
const POLL = { timeout: 30_000, interval: 50 };

/** A new install, with checks of its token on every replica. */
export async function newInstall({ activeResponses, replicas }: Cluster, world: World) {
  const app = await world.registerApp();
  const { access_token: token } = await world.install(app);
  const id = await world.installId(app);
  return {
    /** Waits until every replica has returned several times that the token is active, so that its state can be cached. */
    async warmUp(): Promise<void> {
      for (let time = 0; time < WARM_UP_TIMES; time++) {
        await expect.poll(() => activeResponses(token, 1), POLL).toBe(replicas.length);
      }
    },
    disconnect: () => world.disconnect(id),
    disconnectEventually: () => expect.poll(async () => (await world.disconnect(id)).status, POLL).toBe(204),
    expectInactive: async () => expect(await activeResponses(token, TIMES)).toBe(0),
  };
}

export async function cachedInstall(cluster: Cluster, world: World) {
  const install = await newInstall(cluster, world);
  await install.warmUp();
  return install;
}
