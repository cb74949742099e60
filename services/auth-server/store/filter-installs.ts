import { sql } from 'kysely';
import type { InstallFilter, InstallOrder } from '../domain/install/install-filter.ts';
import { matchesSearch } from './matches-search.ts';
import { actsAsFormerMember, type selectInstalls } from './select-installs.ts';

type InstallQuery = ReturnType<typeof selectInstalls>;

const NAMES = ['apps.name', 'owners.name', 'users.name'] as const;

/** The installs that match the filter, in its order. */
export function filterInstalls(query: InstallQuery, filter: InstallFilter): InstallQuery {
  const { search, anyOfScopes, unusedSince } = filter;
  return query
    .$if(search !== '', (found) =>
      found.where(({ or }) => or(NAMES.map((name) => matchesSearch(sql.ref<string>(name), search)))),
    )
    .$if(anyOfScopes.length > 0, (found) =>
      found.where(sql<boolean>`current_installs.granted_scopes && ${[...anyOfScopes]}::text[]`),
    )
    .$if(unusedSince !== null, (found) =>
      found.where(
        sql<boolean>`greatest(current_installs.last_used_at, current_installs.installed_at) < ${unusedSince}`,
      ),
    )
    .$if(filter.before !== null, (found) => found.where(sql<boolean>`current_installs.id < ${filter.before}::uuid`))
    .$if(filter.actsAsFormerMember, (found) => found.where(actsAsFormerMember))
    .orderBy(ORDERS[filter.order])
    .orderBy('current_installs.id', 'desc');
}

const ORDERS: Record<InstallOrder, ReturnType<typeof sql>> = {
  newest: sql`current_installs.id DESC`,
  app_name: sql`lower(apps.name COLLATE pg_c_utf8)`,
  least_recently_used: sql`current_installs.last_used_at NULLS FIRST`,
};
