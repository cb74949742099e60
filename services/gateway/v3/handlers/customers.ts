import type { DemoPlatform } from '../../platform/demo-platform.ts';
import type { Handler } from '../endpoint.ts';
import { pagingOf } from '../paging-parameters.ts';

export const listCustomers =
  (platform: DemoPlatform): Handler =>
  async ({ token, query }) => {
    const { customers } = platform.workspace(token.organization.id);
    return { customers: customers.page(pagingOf(query)) };
  };
