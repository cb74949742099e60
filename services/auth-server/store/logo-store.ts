import { type Kysely, sql } from 'kysely';
import type { Logo, LogoStore } from '../domain/app/logo-store.ts';
import type { AppId } from '../domain/ids.ts';
import type { Schema } from './schema.ts';

/** The hash of the joined logo; null if the app has none. */
export const selectedLogoHash = sql<string | null>`encode(app_logos.sha256, 'hex')`;
/** The hash of the uploaded image from which the logo was made; null if the app has none. */
export const selectedLogoSourceHash = sql<string | null>`encode(app_logos.source_sha256, 'hex')`;

export class PgLogoStore implements LogoStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async put(appId: AppId, { hash, sourceHash, png }: Logo): Promise<void> {
    const logo = { sha256: Buffer.from(hash, 'hex'), source_sha256: Buffer.from(sourceHash, 'hex'), png };
    await this.#db
      .insertInto('app_logos')
      .values({ app_id: appId, ...logo })
      .onConflict((conflict) => conflict.column('app_id').doUpdateSet(logo))
      .execute();
  }

  async delete(appId: AppId): Promise<void> {
    await this.#db.deleteFrom('app_logos').where('app_id', '=', appId).execute();
  }

  async findPngs(hashes: readonly string[]): Promise<(Buffer | undefined)[]> {
    const keys = hashes.map((hash) => Buffer.from(hash, 'hex'));
    const rows = await this.#db
      .selectFrom('app_logos')
      .select([selectedLogoHash.as('hash'), 'png'])
      .distinctOn('sha256')
      .where('sha256', '=', sql<Buffer>`ANY(${keys}::bytea[])`)
      .execute();
    const found = new Map(rows.map(({ hash, png }) => [hash, png]));
    return hashes.map((hash) => found.get(hash));
  }
}
