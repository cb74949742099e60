import { type Kysely, sql } from 'kysely';
import type { InstallId } from '../domain/ids.ts';
import type { InvalidationStore, ListedInvalidation, ListedInvalidations } from '../domain/invalidation-store.ts';
import type { TokenStamp } from '../domain/token/token-store.ts';
import type { Schema } from './schema.ts';

export class PgInvalidationStore implements InvalidationStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async list(limit: number): Promise<ListedInvalidations> {
    const [invalidations, { count }] = await Promise.all([
      this.#select(limit).execute(),
      this.#db.selectFrom('pending_invalidations').select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow(),
    ]);
    return { invalidations, totalCount: count };
  }

  listOfInstall(installId: InstallId, stamps: readonly TokenStamp[], limit: number): Promise<ListedInvalidation[]> {
    return this.#select(limit)
      .where((eb) =>
        eb.or([
          eb('pending.install_id', '=', installId),
          ...stamps.map(({ kind, id }) => eb.and({ 'pending.stamp_kind': kind, 'pending.stamp_id': id })),
        ]),
      )
      .execute();
  }

  #select(limit: number) {
    return this.#db
      .selectFrom('pending_invalidations as pending')
      .leftJoin('installs', 'installs.id', 'pending.install_id')
      .leftJoin('apps', (join) => join.on(sql<boolean>`apps.id = coalesce(installs.app_id, ${stampId('app')})`))
      .select([
        'pending.change_id as changeId',
        'pending.created_at as createdAt',
        'pending.install_id as installId',
        'apps.client_id as clientId',
        sql<ListedInvalidation['organizationId']>`coalesce(installs.organization_id, ${stampId('organization')})`.as(
          'organizationId',
        ),
        sql<ListedInvalidation['userId']>`${stampId('user')}`.as('userId'),
      ])
      .orderBy('pending.id')
      .limit(limit);
  }
}

/** The id of the stamp, if it is of that kind. */
const stampId = (kind: TokenStamp['kind']) => sql`CASE stamp_kind WHEN ${sql.lit(kind)} THEN stamp_id END`;
