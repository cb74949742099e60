import type { App } from '../../gen/featureos/oauth/v1/app_pb.ts';
import type { Clients } from './clients.ts';

const PER_PAGE = 100;

/** All apps of the organization, newest first. */
export async function listApps(client: Clients['apps']): Promise<App[]> {
  const found: App[] = [];
  for (let page = 1; ; page++) {
    const { apps } = await client.listApps({ page, perPage: PER_PAGE });
    found.push(...apps);
    if (apps.length < PER_PAGE) return found;
  }
}
