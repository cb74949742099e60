import { type Kysely, sql } from 'kysely';
import type { FailedRequestStore, FailureCount, ListedFailure } from '../domain/app/failed-request-store.ts';
import type { AppId } from '../domain/ids.ts';
import type { Paging } from '../domain/paging.ts';
import type { Schema } from './schema.ts';

export class PgFailedRequestStore implements FailedRequestStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async add(failures: readonly FailureCount[]): Promise<void> {
    const column = <T>(of: (failure: FailureCount) => T) => failures.map(of);
    // Ordered, so that servers that add to the same rows do not deadlock.
    await sql`
      INSERT INTO failed_requests (app_id, minute, endpoint, grant_type, error, error_description, organization_id, count,
        last_failed_at, last_request_id)
      SELECT apps.id, minute, endpoint, grant_type, error, failure.description, organization_id, count, last_failed_at,
        request_id
      FROM unnest(
        ${column(({ clientId }) => clientId)}::text[], ${column(({ minute }) => minute)}::timestamptz[],
        ${column(({ endpoint }) => endpoint)}::text[], ${column(({ grantType }) => grantType)}::text[],
        ${column(({ error }) => error)}::text[], ${column(({ description }) => description)}::text[],
        ${column(({ organizationId }) => organizationId ?? null)}::bigint[], ${column(({ count }) => count)}::integer[],
        ${column(({ lastFailedAt }) => lastFailedAt)}::timestamptz[], ${column(({ requestId }) => requestId)}::text[]
      ) AS failure (client_id, minute, endpoint, grant_type, error, description, organization_id, count, last_failed_at,
        request_id)
      JOIN apps USING (client_id)
      ORDER BY apps.id, minute, endpoint, grant_type, error, failure.description, organization_id
      ON CONFLICT (app_id, minute, endpoint, grant_type, error, error_description, organization_id) DO UPDATE SET
        count = failed_requests.count + excluded.count,
        last_failed_at = greatest(failed_requests.last_failed_at, excluded.last_failed_at),
        last_request_id = CASE WHEN excluded.last_failed_at >= failed_requests.last_failed_at
          THEN excluded.last_request_id ELSE failed_requests.last_request_id END`.execute(this.#db);
  }

  async listOfApp(appId: AppId, { page, perPage }: Paging): Promise<ListedFailure[]> {
    const rows = await this.#db
      .selectFrom('failed_requests')
      .leftJoin('organizations', 'organizations.id', 'failed_requests.organization_id')
      .select([
        'endpoint',
        'grant_type as grantType',
        'error',
        'error_description as description',
        'count',
        'last_failed_at as lastFailedAt',
        'last_request_id as requestId',
        'organizations.id as organizationId',
        'subdomain',
        'name',
      ])
      .where('app_id', '=', appId)
      .orderBy('failed_requests.id', 'desc')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute();
    return rows.map(({ organizationId, subdomain, name, ...failure }) => {
      const isKnown = organizationId !== null && subdomain !== null && name !== null;
      return { ...failure, organization: isKnown ? { id: organizationId, subdomain, name } : null };
    });
  }
}
